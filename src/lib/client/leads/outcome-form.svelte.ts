import { CURRENCIES } from '#lib/contract/constants.ts';
import type { Outcome, OutcomeInput, OutcomeStage } from '#lib/contract/lead.ts';

const STORAGE_KEY = 'frontdesk:currency';
const DEFAULT_CURRENCY = 'EUR';

const currencyNames = new Intl.DisplayNames('en', { type: 'currency' });
export const currencyOptions = CURRENCIES.map((code) => ({
	value: code,
	label: `${code} – ${currencyNames.of(code) ?? code}`,
}));

/** Returns the currency last used in this browser, or the default. */
function loadCurrency(): string {
	try {
		const stored = localStorage.getItem(STORAGE_KEY);
		return stored !== null && CURRENCIES.includes(stored) ? stored : DEFAULT_CURRENCY;
	} catch {
		return DEFAULT_CURRENCY;
	}
}

/** Loads the schemas only when the form opens, because most page views don't need them. */
const importSchemas = () => import('#lib/contract/lead.ts');

/** The state of the outcome form. */
export class OutcomeForm {
	stage = $state<OutcomeStage>('qualified');
	value = $state('');
	currency = $state(DEFAULT_CURRENCY);
	reason = $state('');
	/** A calendar day; empty means now. */
	day = $state('');
	errors = $state<Partial<Record<'value' | 'currency' | 'reason' | 'at', string>>>({});

	/** Resets the form to a stage, prefilled from the current outcome if there is one. */
	start(stage: OutcomeStage, current?: Pick<Outcome, 'value' | 'currency'>): void {
		this.stage = stage;
		this.value = current?.value == null ? '' : String(current.value);
		this.currency = current?.currency ?? loadCurrency();
		this.reason = '';
		this.day = '';
		this.errors = {};
		importSchemas().catch(() => undefined);
	}

	/** Resolves to the input, or to `undefined` after showing validation errors. */
	async read(): Promise<OutcomeInput | undefined> {
		const value = this.value.trim().replaceAll(',', '');
		const input = {
			stage: this.stage,
			...(value !== '' && { value, currency: this.currency }),
			...(this.reason.trim() !== '' && { reason: this.reason }),
			...(this.day !== '' && { at: toNoonOrNow(this.day) }),
		};
		const { outcomeInput } = await importSchemas();
		const parsed = outcomeInput.safeParse(input);
		this.errors = Object.fromEntries(
			(parsed.error?.issues ?? []).map(({ path, message }) => [String(path[0]), message]),
		);
		if (!parsed.success) return undefined;
		if (value !== '') saveCurrency(this.currency);
		return input;
	}
}

/** Returns noon of a day in the browser's time zone, or the current time if that is earlier. */
function toNoonOrNow(day: string): string {
	return new Date(Math.min(new Date(`${day}T12:00:00`).getTime(), Date.now())).toISOString();
}

function saveCurrency(currency: string): void {
	try {
		localStorage.setItem(STORAGE_KEY, currency);
	} catch {
		// Private windows may have no storage.
	}
}
