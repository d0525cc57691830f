// A countdown by the server's clock, and answers that are sent as they are given. The pages of tests work without.
(function () {
  var over = document.querySelector("form[data-left]"), clock = document.querySelector("[data-clock]");
  var form = document.querySelector("form[data-answer]"), typing, last = 0, flushed = false, kept;
  if (!over) return;
  // The page was made a moment before it is read here; from then on the page counts, whatever the device's clock says.
  var loaded = performance.getEntriesByType("navigation")[0], made = loaded ? loaded.responseStart : performance.now();
  var now = +over.dataset.now - made, end = +over.dataset.left + made;
  function left() { return Math.max(0, end - performance.now()); }
  function content() { return form ? new URLSearchParams(new FormData(form)).toString() : ""; }
  // An order is an answer once every line has a number of its own, or none has.
  function whole() {
    var numbers = Array.from(form.querySelectorAll("select"), function (one) { return one.value; });
    var given = new Set(numbers.filter(Boolean)).size;
    return !given || given === numbers.length;
  }
  function heard(told) {
    // What was told took its time on the way, and a device that slept did not count: the earliest end is the right one.
    end = Math.min(end, performance.now() + told.left);
    now = Math.max(now, told.now - performance.now());
    show();
  }
  function ask() {
    fetch(over.dataset.time).then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (told) { if (told) heard(told); }, function () {});
  }
  function save(leaving) {
    clearTimeout(typing);
    var sent = content();
    if (!form || sent === kept || !whole()) return;
    var data = new FormData(form), before = kept;
    data.append("go", "stay");
    data.append("typed", String(last));
    kept = sent;
    fetch(form.action, { method: "POST", body: data, keepalive: leaving === true }).then(function (answer) {
      if (answer.ok) return answer.json().then(heard);
      if (answer.status === 409) location.assign(over.dataset.attempt);
    }, function () { if (kept === sent) kept = before; });
  }
  function typed(wait) {
    last = Math.max(last + 1, Math.floor(now + performance.now()));
    clearTimeout(typing);
    typing = setTimeout(save, left() < 4000 ? 0 : wait);
  }
  function show() {
    var seconds = Math.floor(left() / 1000);
    if (clock) clock.textContent = Math.floor(seconds / 60) + ":" + ("0" + seconds % 60).slice(-2);
    if (seconds <= 3 && !flushed) { flushed = true; save(); }
    if (!left() && !over.dataset.sent) { over.dataset.sent = "1"; over.submit(); }
  }
  if (form) {
    kept = content();
    form.addEventListener("input", function () { typed(1000); });
    form.addEventListener("change", function () { typed(0); });
    form.addEventListener("submit", function () { kept = content(); });
    addEventListener("pagehide", function () { save(true); });
    // What failed on the way is sent again.
    setInterval(save, 5000);
  }
  // A device that slept has not counted, and a page that was gone back to shows what was.
  document.addEventListener("visibilitychange", function () { document.hidden ? save(true) : ask(); });
  addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });
  setInterval(show, 250);
  show();
})();
