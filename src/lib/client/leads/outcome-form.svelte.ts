import {
	CURRENCIES,
	type Outcome,
	outcomeInput,
	type OutcomeInput,
	type OutcomeStage,
} from '#lib/contract/lead.ts';

const STORED_AS = 'frontdesk:currency';
const DEFAULT_CURRENCY = 'EUR';

const names = new Intl.DisplayNames('en', { type: 'currency' });
export const currencyOptions = CURRENCIES.map((code) => ({
	value: code,
	label: `${code} – ${names.of(code) ?? code}`,
}));

/** The currency chosen last in this browser. */
function lastCurrency(): string {
	try {
		const stored = localStorage.getItem(STORED_AS);
		return stored !== null && CURRENCIES.includes(stored) ? stored : DEFAULT_CURRENCY;
	} catch {
		return DEFAULT_CURRENCY;
	}
}

/** What is typed into the form of an outcome. */
export class OutcomeForm {
	stage = $state<OutcomeStage>('qualified');
	value = $state('');
	currency = $state(DEFAULT_CURRENCY);
	reason = $state('');
	/** A calendar day; empty for now. */
	day = $state('');
	errors = $state<Partial<Record<'value' | 'currency' | 'reason' | 'at', string>>>({});

	/** Starts anew with a stage, from the current outcome if there is one. */
	start(stage: OutcomeStage, current?: Pick<Outcome, 'value' | 'currency'>): void {
		this.stage = stage;
		this.value = current?.value == null ? '' : String(current.value);
		this.currency = current?.currency ?? lastCurrency();
		this.reason = '';
		this.day = '';
		this.errors = {};
	}

	/** Returns what was typed; undefined after showing what is wrong with it. */
	read(): OutcomeInput | undefined {
		const value = this.value.trim().replaceAll(',', '');
		const input = {
			stage: this.stage,
			...(value !== '' && { value, currency: this.currency }),
			...(this.reason.trim() !== '' && { reason: this.reason }),
			...(this.day !== '' && { at: atNoon(this.day) }),
		};
		const parsed = outcomeInput.safeParse(input);
		this.errors = Object.fromEntries(
			(parsed.error?.issues ?? []).map(({ path, message }) => [String(path[0]), message]),
		);
		if (!parsed.success) return undefined;
		if (value !== '') remember(this.currency);
		return input;
	}
}

/** Noon in the browser's time zone, but never later than now. */
function atNoon(day: string): string {
	return new Date(Math.min(new Date(`${day}T12:00:00`).getTime(), Date.now())).toISOString();
}

function remember(currency: string): void {
	try {
		localStorage.setItem(STORED_AS, currency);
	} catch {
		// Private windows may have no storage.
	}
}
