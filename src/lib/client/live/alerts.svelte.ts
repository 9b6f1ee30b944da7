import { createContext } from 'svelte';
import { z } from 'zod';

const KEY = 'frontdesk.alerts';
/** However much happens, one sound in this time. */
const SOUND_PAUSE_MS = 3_000;

const stored = z.object({ isSoundOn: z.boolean(), isNotifying: z.boolean() });

/** Sound and browser notifications, each only by choice, kept in this browser. */
export class Alerts {
	isSoundOn = $state(false);
	isNotifying = $state(false);
	/** Why the browser shows no notifications, as a sentence. */
	refusal = $state<string | null>(null);
	#audio: AudioContext | undefined;
	#playedAt = 0;

	/** Reads the choice, and follows other tabs. */
	follow(): () => void {
		const read = () => {
			const choice = load();
			this.isSoundOn = choice.isSoundOn;
			this.isNotifying = choice.isNotifying && permission() === 'granted';
		};
		read();
		window.addEventListener('storage', read);
		return () => window.removeEventListener('storage', read);
	}

	/** To be called by a press: the sound is heard at once, as a proof. */
	chooseSound(isOn: boolean): void {
		this.isSoundOn = isOn;
		this.#keep();
		if (isOn) this.#ring();
	}

	/** To be called by a press, which alone may ask for the permission. */
	async chooseNotifications(isOn: boolean): Promise<void> {
		this.refusal = null;
		if (isOn && permission() === 'default') await Notification.requestPermission();
		this.isNotifying = isOn && permission() === 'granted';
		if (isOn && !this.isNotifying) this.refusal = refusalOf(permission());
		this.#keep();
	}

	/** Tells of something new: by sound, and by a notification while the page is not looked at. */
	tell(text: string, onOpen: () => void): void {
		if (this.isSoundOn) this.#ring();
		if (!this.isNotifying || !document.hidden || permission() !== 'granted') return;
		const notification = new Notification('Frontdesk', { body: text, tag: 'frontdesk' });
		notification.onclick = () => {
			window.focus();
			notification.close();
			onOpen();
		};
	}

	/** Two soft tones; silent until the person has touched the page, as browsers want it. */
	#ring(): void {
		if (Date.now() - this.#playedAt < SOUND_PAUSE_MS) return;
		if (!navigator.userActivation.hasBeenActive) return;
		this.#playedAt = Date.now();
		const audio = (this.#audio ??= new AudioContext());
		void audio.resume().then(() => {
			tone(audio, 660, 0);
			tone(audio, 880, 0.12);
		});
	}

	#keep(): void {
		try {
			const choice = { isSoundOn: this.isSoundOn, isNotifying: this.isNotifying };
			localStorage.setItem(KEY, JSON.stringify(choice));
		} catch {
			// Storage is blocked: the choice lasts as long as the page.
		}
	}
}

function tone(audio: AudioContext, hertz: number, after: number): void {
	const at = audio.currentTime + after;
	const oscillator = audio.createOscillator();
	const volume = audio.createGain();
	oscillator.frequency.value = hertz;
	volume.gain.setValueAtTime(0.0001, at);
	volume.gain.exponentialRampToValueAtTime(0.08, at + 0.02);
	volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
	oscillator.connect(volume).connect(audio.destination);
	oscillator.start(at);
	oscillator.stop(at + 0.32);
}

const permission = () => ('Notification' in window ? Notification.permission : 'unavailable');

function refusalOf(state: ReturnType<typeof permission>): string {
	if (state === 'unavailable') return 'This browser has no notifications.';
	return 'The browser blocks notifications of this page. Allow them in its site settings, then try again.';
}

function load(): z.infer<typeof stored> {
	try {
		return stored.parse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
	} catch {
		return { isSoundOn: false, isNotifying: false };
	}
}

export const [getAlerts, setAlerts] = createContext<Alerts>();
