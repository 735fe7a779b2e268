// Numbers and images from the robot; none while paused, so that it rests.

const RETRY = 2000;  // ms

// The robot counts image and numbers of one name as one viewer, and ends a stream that is opened anew.
const query = new URLSearchParams(location.search);
query.set("viewer", Array.from(crypto.getRandomValues(new Uint32Array(4)), part => part.toString(36)).join(""));

export class Connection {
  // onState(numbers), onLost(): the server does not answer.
  constructor(image, onState, onLost) {
    this.image = image;
    this.onState = onState;
    this.onLost = onLost;
    this.events = null;
    this.lost = false;
    image.addEventListener("error", () => setTimeout(() => this.events && this.openImage(), RETRY));
  }

  openImage() {
    this.image.src = `stream?${query}&t=${Date.now()}`;
  }

  start() {
    this.openImage();
    this.openEvents();
  }

  openEvents() {
    const events = this.events = new EventSource(`events?${query}`);
    events.onmessage = event => {
      if (this.lost) this.openImage();  // the old stream ended without a word
      this.lost = false;
      this.onState(JSON.parse(event.data));
    };
    events.onerror = () => {
      this.lost = true;
      this.onLost();
      // A browser tries again by itself unless the answer was an error.
      if (events.readyState === EventSource.CLOSED) setTimeout(() => this.events === events && this.openEvents(), RETRY);
    };
  }

  stop() {
    this.events.close();
    this.events = null;
    this.image.removeAttribute("src");
  }
}
