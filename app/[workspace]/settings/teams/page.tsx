import { adminPage } from "@/app/admin-page";
import { Teams } from "@/components/teams/teams";

export const metadata = { title: "Teams" };

export default adminPage(
  {
    title: "Teams",
    lead: "Groups that your identity provider pushes are teams here.",
  },
  ({ workspace }) => <Teams workspace={workspace} />,
);
