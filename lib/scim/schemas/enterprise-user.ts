import { attribute, type Schema } from "@/lib/scim/schema/schema";

/** RFC 7643 §4.3 */
export const enterpriseUser: Schema = {
  id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  name: "EnterpriseUser",
  description: "A person's place in the company",
  attributes: [
    attribute("employeeNumber", "string", "Number of the employee."),
    attribute("costCenter", "string", "Cost center."),
    attribute("organization", "string", "Organization."),
    attribute("division", "string", "Division."),
    attribute("department", "string", "Department."),
    attribute("manager", "complex", "The person's manager.", {
      subAttributes: [
        attribute("value", "string", "Id of the manager's User.", { caseExact: true }),
        attribute("$ref", "reference", "Address of the manager's User.", {
          mutability: "readOnly",
          referenceTypes: ["User"],
        }),
        attribute("displayName", "string", "Name of the manager.", { mutability: "readOnly" }),
      ],
    }),
  ],
};
