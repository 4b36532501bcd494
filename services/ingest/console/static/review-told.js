// "Approved · Undo" stands for five seconds, as long as nobody else has been told.
const line = document.getElementById("told");
if (line) {
  history.replaceState(null, "", withoutTold(location.href));
  setTimeout(() => {
    if (!line.contains(document.activeElement)) line.remove();
  }, 5000);
}

function withoutTold(address) {
  const url = new URL(address);
  for (const name of ["approved", "rejected"]) url.searchParams.delete(name);
  return url.href;
}
