// Code is copied by a button, and names the address of this site where the page was written without knowing it.
import { make, pageWords } from "./common/page.ts";

const UNKNOWN = "https://…";

/** Puts the address of the site in place of the sign for one that was not known; a page on a disk has none. */
function fillAddresses(script: string): void {
  if (!/^https?:/.test(script)) {
    return;
  }
  const root = new URL("..", script).href.replace(/\/$/, "");
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const note = document.querySelector(".address-unknown");
  note?.remove();
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    if (text.data.includes(UNKNOWN) && text.parentElement?.closest("pre, .quote")) {
      text.data = text.data.replaceAll(UNKNOWN, root);
    }
  }
}

/** Puts a button before each piece of code, and before each citation. */
function addButtons(): void {
  const words = pageWords();
  for (const text of document.querySelectorAll<HTMLElement>("pre > code, [data-copy]")) {
    const button = make("button", { type: "button", class: "copy" }, words.say("copy.copy"));
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent?.trim() ?? "");
      button.textContent = words.say("copy.copied");
      setTimeout(() => {
        button.textContent = words.say("copy.copy");
      }, 2000);
    });
    const block = text.closest("pre") ?? text;
    const named = text.dataset.copy ?? block.getAttribute("aria-label");
    if (named) {
      button.setAttribute("aria-label", words.say("copy.of", { what: named }));
    }
    block.before(button);
  }
}

// A plain script, not a module: it also runs where a page lies on a disk.
fillAddresses((document.currentScript as HTMLScriptElement | null)?.src ?? "");
if (navigator.clipboard) {
  addButtons();
}
