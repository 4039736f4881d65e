// What a page hands to its script: JSON in `<script type="application/json" id="...">`, which no browser executes.
import { type Texts, Words } from "./words.ts";

/** Returns the data of a block that the page wrote; see `data_block` in `_script.html`. */
export function pageData<T>(id: string): T {
  const block = document.getElementById(id);
  if (!block?.textContent) {
    throw new Error(`the page has no data block ${id}`);
  }
  return JSON.parse(block.textContent) as T;
}

/** Returns the texts that the page wrote; see `texts` in `_script.html`. */
export function pageWords(): Words {
  const { language, texts } = pageData<{ language: string; texts: Texts }>("texts");
  return new Words(language, texts);
}

/** Returns the element with an id. */
export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(`the page has no element ${id}`);
  }
  return found as E;
}

type Child = Node | string | null | false;

/** Makes an element. Texts become text nodes, whatever they hold: nothing here parses HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      made.setAttribute(name, value === true ? "" : String(value));
    }
  }
  made.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return made;
}
