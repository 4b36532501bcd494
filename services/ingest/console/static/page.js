// What every page has: swaps, moments in the reader's own time, selects that send their form.
import { start as startLive } from "./live.js";
import { onSwapped, start } from "./swap.js";

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.valueOf())) continue;
    time.title = time.dateTime;
    time.textContent = full.format(moment);
    time.dataset.local = "";
  }
}

// What is wider than the screen is scrolled by keyboard too, and then has a name.
function scrollByKeys() {
  for (const part of document.querySelectorAll(".scroll")) {
    const isWide = part.scrollWidth > part.clientWidth;
    if (isWide === part.hasAttribute("tabindex")) continue;
    if (isWide) {
      part.tabIndex = 0;
      part.setAttribute("role", "region");
      part.setAttribute("aria-label", part.querySelector("caption")?.textContent ?? "Table");
    } else for (const name of ["tabindex", "role", "aria-label"]) part.removeAttribute(name);
  }
}

document.documentElement.classList.add("scripted");
localTimes(document);
scrollByKeys();
for (const here of document.querySelectorAll("nav [aria-current]"))
  here.scrollIntoView({ block: "nearest", inline: "center" });
onSwapped(() => {
  localTimes(document);
  scrollByKeys();
});
window.addEventListener("resize", scrollByKeys);
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
// Moments are shown in the reader's own time, so they are given in it; servers are told which.
document.addEventListener("formdata", (event) => {
  for (const input of event.target.querySelectorAll('input[type="datetime-local"][name]'))
    if (input.value) event.formData.set(input.name, new Date(input.value).toISOString());
});
start();
if (document.querySelector('meta[name="csrf-token"]')) startLive();
