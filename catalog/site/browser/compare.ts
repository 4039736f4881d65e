// The page that compares any two releases of a dataset.
import { start } from "./compare/page.ts";

start();
