// The colours of all pages: light, dark, or as the system has them. A plain script at the head of the page, so that the
// choice holds before anything is drawn; without it pages look as the system does, and the choice is not shown.
const KEPT = "minsheng-theme";
const AS_SYSTEM = "system";
const THEMES = [AS_SYSTEM, "light", "dark"];

function kept(): string {
  try {
    const said = localStorage.getItem(KEPT) ?? "";
    return THEMES.includes(said) ? said : AS_SYSTEM;
  } catch {
    return AS_SYSTEM; // a browser that keeps nothing for this page: the choice then holds for the page alone
  }
}

function keep(theme: string): void {
  try {
    localStorage.setItem(KEPT, theme);
  } catch {
    // as above
  }
}

function show(theme: string): void {
  document.documentElement.dataset.theme = theme;
  const choice = document.getElementById("theme");
  if (choice instanceof HTMLSelectElement) {
    choice.value = theme;
  }
}

show(kept());
document.addEventListener("DOMContentLoaded", () => {
  show(kept());
  const choice = document.getElementById("theme") as HTMLSelectElement;
  choice.addEventListener("change", () => {
    keep(choice.value);
    show(choice.value);
  });
});
// Another page may have changed it: in another window, or before one came back to this page.
addEventListener("storage", () => show(kept()));
addEventListener("pageshow", (shown) => {
  if (shown.persisted) {
    show(kept());
  }
});
