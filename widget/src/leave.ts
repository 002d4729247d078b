/**
 * Quick exit. The page's own entry in the history is replaced, but a script cannot remove the entries before it: going back to
 * one of them (an earlier page of this site) leaves again at once. Opening the site anew in the same tab works as always.
 */
import type { Store } from "./conversation.ts";

const MARK = "iop-left";

/** Replaces the page, which is hidden at once in case the next one is slow to come. */
export function leave(address: string, store: Store): void {
  store.setItem(MARK, address);
  document.documentElement.style.setProperty("display", "none", "important");
  location.replace(address);
}

/** Called when the script loads. */
export function stayAway(store: Store): void {
  const goBack = () => {
    const address = store.getItem(MARK);
    if (address) leave(address, store);
  };
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (navigation?.type === "back_forward") goBack();
  else store.removeItem(MARK);
  addEventListener("pageshow", (event) => {
    if (event.persisted) goBack(); // the page was kept alive in the back/forward cache
  });
}
