import { checkNode, generate, install } from "./prepare.mjs";

checkNode();
install();
generate();
