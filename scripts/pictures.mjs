// npm run pictures: shrinks the screenshots of the guide's walkthrough for docs/guide.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";

const from = "test-results/guide";
const to = "docs/guide";

mkdirSync(to, { recursive: true });
for (const name of readdirSync(from)) {
  await sharp(join(from, name)).png({ palette: true, colours: 96, effort: 10 }).toFile(join(to, name));
}
