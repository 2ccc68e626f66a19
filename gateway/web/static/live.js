// Keeps the page live: the server sends fragments that changed, and only what differs within them is touched.
"use strict";

function morph(was, now) {
  if (was.isEqualNode(now)) return;
  const same = was.nodeType === Node.ELEMENT_NODE && was.nodeName === now.nodeName && was.childNodes.length === now.childNodes.length;
  if (!same) return was.replaceWith(now);
  for (const { name } of [...was.attributes]) if (!now.hasAttribute(name)) was.removeAttribute(name);
  for (const { name, value } of [...now.attributes]) if (was.getAttribute(name) !== value) was.setAttribute(name, value);
  const fresh = [...now.childNodes];
  [...was.childNodes].forEach((child, place) => morph(child, fresh[place]));
}

function swap(fragments) {
  for (const [id, html] of Object.entries(fragments)) {
    const was = document.getElementById(id);
    if (!was) return location.reload(); // the page has grown a part
    const box = document.createElement("template");
    box.innerHTML = html;
    morph(was, box.content.firstElementChild);
  }
}

const here = encodeURIComponent(location.pathname + location.search);
const light = document.getElementById("live");
const source = new EventSource(`/events?path=${here}&seen=${document.body.dataset.seen}`);
source.addEventListener("open", () => { light.hidden = false; light.dataset.state = "on"; });
source.addEventListener("error", () => { light.dataset.state = "off"; });
source.addEventListener("fragments", (event) => swap(JSON.parse(event.data)));
source.addEventListener("gone", () => { source.close(); light.hidden = true; });
