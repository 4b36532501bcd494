// A picture that is still to be drawn is asked for again, a little later each time, and then said
// to be missing.
import { onSwapped } from "./swap.js";

const TIMES = 12;
const seen = new WeakSet();

function watch() {
  for (const image of document.querySelectorAll("img.page")) {
    if (seen.has(image)) continue;
    seen.add(image);
    let times = 0;
    const address = image.getAttribute("src");
    const again = () => {
      times += 1;
      if (times > TIMES) image.alt = `${image.alt}: it could not be drawn.`;
      else setTimeout(() => (image.src = `${address}?again=${times}`), 500 * times);
    };
    image.addEventListener("error", again);
    if (image.complete && !image.naturalWidth && image.loading !== "lazy") again();
  }
}

watch();
onSwapped(watch);
