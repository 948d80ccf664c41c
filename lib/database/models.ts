// The tables as schema.prisma declares them: rows of statements are picked from these types, and states, roles and kinds are its enums.
export type * from "@/generated/prisma/enums";
export type * from "@/generated/prisma/models";
