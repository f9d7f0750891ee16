const packedText = document.getElementById("timelines")?.textContent ?? "[]";
const packedTimelines: readonly Packed[] = JSON.parse(packedText);

createTips();
addDownloads(packedTimelines);
for (const place of document.querySelectorAll<HTMLElement>("[data-timeline]")) {
  createTimelines(place, packedTimelines[Number(place.dataset["timeline"])]);
}
