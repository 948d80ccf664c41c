import { adminPage } from "@/app/admin-page";
import { titled } from "@/app/texts";
import { Teams } from "@/components/teams/teams";

export const generateMetadata = titled("teams");

export default adminPage(
  {
    page: "teams",
    rooms: ["teams"],
  },
  ({ workspace }) => <Teams workspace={workspace} />,
);
