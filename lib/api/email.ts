import { z } from "zod";
import { parseAddress } from "@/lib/address";

/** An email address, checked by the one grammar that all rules share. */
export const email = z
  .string()
  .trim()
  .refine((text) => parseAddress(text) !== null, "Enter an email address, such as name@company.com.");
