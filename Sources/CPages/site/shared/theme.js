// Light or dark: what the system prefers, until somebody presses the button with class `theme`. A plain script in the
// head, so that the choice is in force before the first paint; who draws by script listens for `themechange`.
{
  const KEY = "relay-theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const changed = () => document.dispatchEvent(new Event("themechange"));

  // Storage is forbidden to some pages in some browsers; then the choice lasts as long as the page.
  let saved = null;
  try { saved = localStorage.getItem(KEY); } catch {}
  if (saved === "light" || saved === "dark") root.dataset.theme = saved;

  system.addEventListener("change", changed);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.theme");
    button?.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem(KEY, root.dataset.theme); } catch {}
      changed();
    });
  });
}
