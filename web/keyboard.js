// Keys; those with Ctrl and the like, and those that a button or box in focus takes, are left alone.

// actions: key -> what it does.
export function listen(actions) {
  document.addEventListener("keydown", event => {
    const action = actions[event.key.toLowerCase()];
    const taken = event.key === " " && event.target.closest("button, input, dialog");
    if (!action || taken || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    event.preventDefault();
    action();
  });
}
