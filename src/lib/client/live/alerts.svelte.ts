import { createContext } from 'svelte';

const KEY = 'frontdesk.alerts';
/** The minimum time between two sounds. */
const SOUND_INTERVAL_MS = 3_000;

const DEFAULTS = { isSoundOn: false, isHandoffSoundOn: true, isNotificationOn: false };

/** Sounds and browser notifications, configured per browser. All but the handoff sound are opt-in. */
export class Alerts {
	isSoundOn = $state(false);
	/** The sound for handoff requests, the only one that is on by default. */
	isHandoffSoundOn = $state(true);
	isNotificationOn = $state(false);
	/** Why the browser can't show notifications. */
	blockedReason = $state<string | null>(null);
	#audio: AudioContext | undefined;
	#playedAt = -Infinity;

	/** Loads the settings and keeps them in sync with other tabs. */
	follow(): () => void {
		const read = () => {
			const settings = load();
			this.isSoundOn = settings.isSoundOn;
			this.isHandoffSoundOn = settings.isHandoffSoundOn;
			this.isNotificationOn = settings.isNotificationOn && getPermission() === 'granted';
		};
		read();
		window.addEventListener('storage', read);
		return () => window.removeEventListener('storage', read);
	}

	/** Must be called from a click handler, because it plays the sound as a preview. */
	setSound(isOn: boolean): void {
		this.isSoundOn = isOn;
		this.#save();
		if (isOn) this.#playSound();
	}

	/** Must be called from a click handler, because it plays the sound as a preview. */
	setHandoffSound(isOn: boolean): void {
		this.isHandoffSoundOn = isOn;
		this.#save();
		if (isOn) this.#playSound();
	}

	/** Must be called from a click handler: only there may a page request the permission. */
	async setNotifications(isOn: boolean): Promise<void> {
		this.blockedReason = null;
		if (isOn && getPermission() === 'default') await Notification.requestPermission();
		this.isNotificationOn = isOn && getPermission() === 'granted';
		if (isOn && !this.isNotificationOn) this.blockedReason = getBlockedReason(getPermission());
		this.#save();
	}

	/** Alerts the user with a sound, and with a notification while the page is hidden. */
	alert(text: string, onOpen: () => void): void {
		if (this.isSoundOn) this.#playSound();
		this.#notify(text, onOpen);
	}

	/** Alerts the user to a handoff request. */
	alertHandoff(text: string, onOpen: () => void): void {
		if (this.isHandoffSoundOn) this.#playSound();
		this.#notify(text, onOpen);
	}

	#notify(text: string, onOpen: () => void): void {
		if (!this.isNotificationOn || !document.hidden || getPermission() !== 'granted') return;
		const notification = new Notification('Frontdesk', { body: text, tag: 'frontdesk' });
		notification.onclick = () => {
			window.focus();
			notification.close();
			onOpen();
		};
	}

	/** Plays two soft tones. Browsers allow sound only after the user has interacted with the page. */
	#playSound(): void {
		if (performance.now() - this.#playedAt < SOUND_INTERVAL_MS) return;
		if (!navigator.userActivation.hasBeenActive) return;
		this.#playedAt = performance.now();
		const audio = (this.#audio ??= new AudioContext());
		void audio.resume().then(() => {
			playTone(audio, 660, 0);
			playTone(audio, 880, 0.12);
		});
	}

	#save(): void {
		try {
			const { isSoundOn, isHandoffSoundOn, isNotificationOn } = this;
			const settings = { isSoundOn, isHandoffSoundOn, isNotificationOn };
			localStorage.setItem(KEY, JSON.stringify(settings));
		} catch {
			// Storage is blocked: the settings last as long as the page.
		}
	}
}

function playTone(audio: AudioContext, frequencyHz: number, delaySeconds: number): void {
	const at = audio.currentTime + delaySeconds;
	const oscillator = audio.createOscillator();
	const volume = audio.createGain();
	oscillator.frequency.value = frequencyHz;
	volume.gain.setValueAtTime(0.0001, at);
	volume.gain.exponentialRampToValueAtTime(0.08, at + 0.02);
	volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
	oscillator.connect(volume).connect(audio.destination);
	oscillator.start(at);
	oscillator.stop(at + 0.32);
}

const getPermission = () => ('Notification' in window ? Notification.permission : 'unavailable');

function getBlockedReason(state: ReturnType<typeof getPermission>): string {
	if (state === 'unavailable') return 'This browser doesn’t support notifications.';
	return 'Your browser blocks notifications from this page. Allow them in the browser’s site settings, then try again.';
}

function load(): typeof DEFAULTS {
	try {
		const stored = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Partial<
			typeof DEFAULTS
		> | null;
		return { ...DEFAULTS, ...stored };
	} catch {
		return DEFAULTS;
	}
}

export const [getAlerts, setAlerts] = createContext<Alerts>();
