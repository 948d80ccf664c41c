import { z } from "zod";
import { parseAddress } from "@/lib/address";
import { invalid } from "./validation";

/** An email address, checked by the one grammar that all rules share. */
export const email = z
  .string()
  .trim()
  .refine((text) => parseAddress(text) !== null, invalid("email"));
