// Pictures of pages that are still to be drawn are asked for again, a little later each time, and
// then said to be missing; small ones are left out.
import { onSwapped } from "./swap.js";

const TIMES = 12;
const seen = new WeakSet();

function watch() {
  for (const image of document.querySelectorAll("img.page, .look img")) {
    if (seen.has(image)) continue;
    seen.add(image);
    let times = 0;
    const [address, others] = [image.getAttribute("src"), image.srcset];
    const again = () => {
      times += 1;
      if (times > TIMES) {
        image.classList.add("missing");
        if (image.alt) image.alt = `${image.alt}: it could not be drawn.`;
      } else setTimeout(ask, 500 * times);
    };
    const ask = () => {
      image.removeAttribute("srcset"); // of several, one is asked for until it is there
      image.src = `${address}${address.includes("?") ? "&" : "?"}again=${times}`;
    };
    image.addEventListener("error", again);
    image.addEventListener("load", () => {
      if (others && !image.srcset) image.srcset = others;
    });
    if (image.complete && !image.naturalWidth && image.loading !== "lazy") again();
  }
}

watch();
onSwapped(watch);
