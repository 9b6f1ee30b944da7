import type { PageStorage } from './storage.ts';

const KEY = 'sound';

/** A short, soft tone for new messages. Off by default. */
export class Sound {
	readonly #storage: PageStorage;
	#audio: AudioContext | undefined;

	constructor(storage: PageStorage) {
		this.#storage = storage;
	}

	get isOn(): boolean {
		return this.#storage.get(KEY) === '1';
	}

	/** Turns the sound on or off. Turning it on plays a sample, since browsers allow sound only after a user gesture. */
	toggle(): void {
		this.#storage.set(KEY, this.isOn ? null : '1');
		this.play();
	}

	play(): void {
		if (!this.isOn) return;
		this.#audio ??= new AudioContext();
		const { currentTime, destination } = this.#audio;
		const tone = new OscillatorNode(this.#audio, { frequency: 740 });
		const volume = new GainNode(this.#audio, { gain: 0.06 });
		volume.gain.exponentialRampToValueAtTime(0.0001, currentTime + 0.25);
		tone.connect(volume).connect(destination);
		tone.start();
		tone.stop(currentTime + 0.25);
	}
}
