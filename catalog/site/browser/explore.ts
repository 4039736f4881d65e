// Explore: a reader filters, sorts, groups and takes away the rows of any release, from the published files alone.
import { pageWords } from "./common/page.ts";

pageWords();
