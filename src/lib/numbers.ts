const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const createPercentFormat = (maximumFractionDigits: number) =>
	new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits });
const wholePercent = createPercentFormat(0);
const tenthPercent = createPercentFormat(1);

/** "1,204" */
export const formatCount = (value: number) => whole.format(value);
/** "4.6" */
export const formatTenths = (value: number) => tenth.format(value);
/** Formats a share from 0 to 1: "38%", or with one decimal below 10%: "2.5%". */
export const formatShare = (share: number) =>
	(share !== 0 && Math.abs(share) < 0.1 ? tenthPercent : wholePercent).format(share);

const currencies = new Map<string, Intl.NumberFormat>();

/** Formats an amount with all its decimals: "€1,200.50". */
export function formatMoney(value: number, currency: string): string {
	const format =
		currencies.get(currency) ??
		new Intl.NumberFormat('en-US', {
			style: 'currency',
			currency,
			maximumFractionDigits: 4,
			trailingZeroDisplay: 'stripIfInteger',
		});
	currencies.set(currency, format);
	return format.format(value);
}

/** Returns a format for amounts that are compared: with decimals if any of them has decimals, else without. */
export function createMoneyFormat(
	currency: string,
	amounts: readonly number[],
): (value: number) => string {
	const hasDecimals = amounts.some((amount) => !Number.isInteger(amount));
	const format = new Intl.NumberFormat('en-US', {
		style: 'currency',
		currency,
		...(!hasDecimals && { maximumFractionDigits: 0 }),
	});
	return (value) => format.format(value);
}

/** Formats a duration: "0 s", "850 ms", "1.4 s", "12 min", "3.5 h". */
export function formatDuration(ms: number): string {
	if (ms === 0) return '0 s';
	if (ms < 1000) return `${whole.format(ms)} ms`;
	const seconds = ms / 1000;
	if (seconds < 60) return `${tenth.format(seconds)} s`;
	const minutes = seconds / 60;
	if (minutes < 60) return `${minutes < 10 ? tenth.format(minutes) : whole.format(minutes)} min`;
	const hours = minutes / 60;
	return hours < 48 ? `${tenth.format(hours)} h` : `${tenth.format(hours / 24)} d`;
}

export interface Change {
	/** For example "+12%", "3×", "+3" or "no change". */
	text: string;
	direction: 'up' | 'down' | 'same';
	isGood: boolean | null;
}

const MIN_RELEVANT_CHANGE = 0.005;
/** Below this count a percentage misleads: 1 → 7 is six more, not +600%. */
const SMALL_COUNT = 20;

interface ComparisonOptions {
	isLessBetter?: boolean;
	isShare?: boolean;
	isCount?: boolean;
	/** How many items a share or average is based on, in both periods. */
	samples?: readonly number[];
}

/** Compares a figure with an earlier one; `undefined` if either is unknown or based on too few items. */
export function compareFigures(
	now: number | null,
	before: number | null,
	{ isLessBetter = false, isShare = false, isCount = false, samples = [] }: ComparisonOptions = {},
): Change | undefined {
	if (now === null || before === null) return undefined;
	if (samples.some((count) => count < SMALL_COUNT)) return undefined;
	const difference = now - before;
	if (difference === 0) return { text: 'no change', direction: 'same', isGood: null };
	const size = isShare ? Math.abs(difference) : Math.abs(difference / before);
	// Changes below this threshold are noise, neither good nor bad.
	if (size < MIN_RELEVANT_CHANGE)
		return { text: 'about the same', direction: 'same', isGood: null };
	const direction = difference > 0 ? 'up' : 'down';
	const text =
		isCount && before < SMALL_COUNT ? formatSigned(difference) : formatChange(now, before, isShare);
	return { text, direction, isGood: difference > 0 !== isLessBetter };
}

function formatChange(now: number, before: number, isShare: boolean): string {
	const difference = now - before;
	if (isShare) return `${formatSigned(difference * 100)} points`;
	if (before === 0) return formatSigned(difference);
	// "3×" reads better than "+200%".
	if (now / before >= 2) return `${tenth.format(now / before)}×`;
	return `${difference > 0 ? '+' : '−'}${formatShare(Math.abs(difference) / before)}`;
}

const formatSigned = (difference: number) =>
	`${difference > 0 ? '+' : '−'}${tenth.format(Math.abs(difference))}`;
