// Explore: a reader filters, sorts, groups and takes away the rows of any release, from the published files alone.
import { pageWords } from "./common/page.ts";
import { App } from "./explore/app.ts";
import { Meter } from "./explore/ranges.ts";
import { Releases } from "./explore/release.ts";

const words = pageWords();
const meter = new Meter();
await new App(new Releases(words, meter), words, meter).start();
