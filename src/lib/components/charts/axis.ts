import type { ChartData } from './types.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Distances between marks that people count time in. */
const TIME_STEPS = [
	...[50, 100, 200, 500],
	...[1, 2, 5, 10, 20, 30].map((seconds) => seconds * SECOND),
	...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
	...[1, 2, 6, 12, 24, 48, 96, 240].map((hours) => hours * HOUR),
];
const MARKS = 4;

/** How high the axis reaches at least, and how far its marks stand apart where tens are no good distance. */
export function axisOf({ series, scale = 'count' }: ChartData): { atLeast: number; step?: number } {
	const most = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
	switch (scale) {
		case 'count':
			// Of whole things there are no halves.
			return most < MARKS ? { atLeast: MARKS, step: 1 } : { atLeast: MARKS };
		case 'share':
			return { atLeast: 0.1 };
		case 'duration': {
			const step = TIME_STEPS.find((one) => most / one <= MARKS);
			return { atLeast: SECOND, ...(step !== undefined && { step }) };
		}
	}
}
