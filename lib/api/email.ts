import { z } from "zod";
import { parseAddress } from "@/lib/address";

/** An email address by the one grammar that every rule has. */
export const email = z
  .string()
  .trim()
  .refine((text) => parseAddress(text) !== null, "Enter an email address, such as name@company.com.");
