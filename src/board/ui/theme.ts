/** Dark, light, or as the system has it. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const NAME = "signalbox-theme";

export function storedTheme({ localStorage }: Window): Theme {
  const stored = localStorage.getItem(NAME);
  return THEMES.find((theme) => theme === stored) ?? "system";
}

/** Applies the theme that was chosen, now and when the system's changes. */
export function applyStoredTheme(page: Window): void {
  const dark = page.matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => {
    const theme = storedTheme(page);
    const isDark = theme === "dark" || (theme === "system" && dark.matches);
    page.document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  };
  apply();
  dark.addEventListener("change", apply);
  page.addEventListener("signalbox:theme", apply);
}

export function chooseTheme(page: Window, theme: Theme): void {
  page.localStorage.setItem(NAME, theme);
  page.dispatchEvent(new Event("signalbox:theme"));
}
