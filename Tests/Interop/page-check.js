// What every page keeps, computed in the page itself. Evaluated by PageCheck.swift; leaves `pageCheck` behind.

globalThis.pageCheck = (() => {
  const paper = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  /** Any colour of CSS as [red, green, blue, alpha], 0 to 1. */
  function parse(colour) {
    paper.clearRect(0, 0, 1, 1);
    paper.fillStyle = colour;
    paper.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = paper.getImageData(0, 0, 1, 1).data;
    return [red / 255, green / 255, blue / 255, alpha / 255];
  }

  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);

  /** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
  function luminance(colour) {
    const [red, green, blue] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function ratio(one, other) {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  /** What is behind an element's text: its own background and those of what it is in. */
  function background(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [1, 1, 1, 1]);
  }

  function opacity(element) {
    let all = 1;
    for (let at = element; at; at = at.parentElement) all *= Number(getComputedStyle(at).opacity);
    return all;
  }

  function isSeen(element) {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1
      && element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true, contentVisibilityAuto: true });
  }

  function judge(element, text, colour, faults) {
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const below = background(element);
    const ink = parse(colour);
    const found = ratio(over([ink[0], ink[1], ink[2], ink[3] * opacity(element)], below), below);
    if (found < (isLarge ? 3 : 4.5)) faults.push(`${found.toFixed(2)}: ${text.trim().slice(0, 40)} <${element.tagName.toLowerCase()} class="${element.className}">`);
  }

  /** Text with less contrast than WCAG 2.2, 1.4.3 asks for. */
  function contrast() {
    const faults = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const element = node.parentElement;
      if (node.data.trim() === "" || element.closest("script, style, noscript, template, option, :disabled") || !isSeen(element)) continue;
      judge(element, node.data, getComputedStyle(element).color, faults);
    }
    for (const field of document.querySelectorAll("input:not([type=radio], [type=checkbox], [type=range]), textarea, select")) {
      if (!isSeen(field) || field.disabled) continue;
      judge(field, field.value, getComputedStyle(field).color, faults);
      if (field.placeholder) judge(field, field.placeholder, getComputedStyle(field, "::placeholder").color, faults);
    }
    return [...new Set(faults)];
  }

  /** What sticks out at the right, where the page would have to be moved sideways. */
  function overflow() {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > width + 1)
      .map((element) => `<${element.tagName.toLowerCase()} id="${element.id}" class="${element.className}">`).slice(0, 10);
  }

  /** What moves by itself within so many milliseconds: shifts as the browser counts them (https://wicg.github.io/layout-instability/). */
  async function shifts(milliseconds) {
    const found = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const what = entry.sources.map(({ node }) => node?.id || node?.className || node?.parentElement?.className || node?.nodeName);
        found.push({ value: entry.value, what: what.join(", ") });
      }
    });
    observer.observe({ type: "layout-shift" });
    await new Promise((done) => setTimeout(done, milliseconds));
    observer.disconnect();
    return found;
  }

  /** Once nothing fades any more; what has no end is not waited for. */
  async function settled() {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const fading = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(fading.map((animation) => animation.finished));
    return null;
  }

  return { contrast, overflow, shifts, settled };
})();
