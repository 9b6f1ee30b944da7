import { createContext } from 'svelte';
import { z } from 'zod';

const KEY = 'frontdesk.alerts';
/** At most one sound in this time. */
const SOUND_PAUSE_MS = 3_000;

const stored = z.object({
	isSoundOn: z.boolean(),
	isHandoffSoundOn: z.boolean().default(true),
	isNotifying: z.boolean(),
});

/** Sounds and browser notifications, remembered in this browser. All but the sound of handoffs are opt-in. */
export class Alerts {
	isSoundOn = $state(false);
	/** A visitor waits for a person: the one sound that is on unless turned off. */
	isHandoffSoundOn = $state(true);
	isNotifying = $state(false);
	/** Why the browser shows no notifications. */
	refusal = $state<string | null>(null);
	#audio: AudioContext | undefined;
	#playedAt = 0;

	/** Loads the choice and follows other tabs. */
	follow(): () => void {
		const read = () => {
			const choice = load();
			this.isSoundOn = choice.isSoundOn;
			this.isHandoffSoundOn = choice.isHandoffSoundOn;
			this.isNotifying = choice.isNotifying && permission() === 'granted';
		};
		read();
		window.addEventListener('storage', read);
		return () => window.removeEventListener('storage', read);
	}

	/** Must be called from a click: plays the sound as a preview. */
	chooseSound(isOn: boolean): void {
		this.isSoundOn = isOn;
		this.#keep();
		if (isOn) this.#ring();
	}

	/** Must be called from a click: plays the sound as a preview. */
	chooseHandoffSound(isOn: boolean): void {
		this.isHandoffSoundOn = isOn;
		this.#keep();
		if (isOn) this.#ring();
	}

	/** Must be called from a click: only then may a page ask for the permission. */
	async chooseNotifications(isOn: boolean): Promise<void> {
		this.refusal = null;
		if (isOn && permission() === 'default') await Notification.requestPermission();
		this.isNotifying = isOn && permission() === 'granted';
		if (isOn && !this.isNotifying) this.refusal = refusalOf(permission());
		this.#keep();
	}

	/** Alerts the person: with a sound, and with a notification while the page is hidden. */
	alert(text: string, onOpen: () => void): void {
		if (this.isSoundOn) this.#ring();
		this.#notify(text, onOpen);
	}

	/** Alerts the person that a visitor is waiting for a person. */
	alertToHandoff(text: string, onOpen: () => void): void {
		if (this.isHandoffSoundOn) this.#ring();
		this.#notify(text, onOpen);
	}

	#notify(text: string, onOpen: () => void): void {
		if (!this.isNotifying || !document.hidden || permission() !== 'granted') return;
		const notification = new Notification('Frontdesk', { body: text, tag: 'frontdesk' });
		notification.onclick = () => {
			window.focus();
			notification.close();
			onOpen();
		};
	}

	/** Plays two soft tones; silent until the person has interacted with the page, as browsers require. */
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
			const { isSoundOn, isHandoffSoundOn, isNotifying } = this;
			const choice = { isSoundOn, isHandoffSoundOn, isNotifying };
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
	if (state === 'unavailable') return 'This browser doesn’t support notifications.';
	return 'Your browser blocks notifications from this page. Allow them in the browser’s site settings, then try again.';
}

function load(): z.infer<typeof stored> {
	try {
		return stored.parse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
	} catch {
		return { isSoundOn: false, isHandoffSoundOn: true, isNotifying: false };
	}
}

export const [getAlerts, setAlerts] = createContext<Alerts>();
