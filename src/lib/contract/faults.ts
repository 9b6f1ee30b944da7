import { z } from 'zod';

const count = (many: number | bigint, of: string) =>
	`${many} ${of}${Number(many) === 1 ? '' : 's'}`;

/** What a fault of length or size tells the person who typed it; other faults keep zod's words. */
function wordsOf(issue: z.core.$ZodRawIssue): string | undefined {
	if (issue.code !== 'too_small' && issue.code !== 'too_big') return undefined;
	const unit =
		issue.origin === 'string' ? 'character' : issue.origin === 'array' ? 'item' : undefined;
	if (!unit || issue.exact) return undefined;
	if (issue.code === 'too_big') return `use at most ${count(issue.maximum, unit)}`;
	if (Number(issue.minimum) > 1) return `use at least ${count(issue.minimum, unit)}`;
	return unit === 'character' ? 'fill this in' : 'choose at least one';
}

// Stands with the texts that every contract is made of, so that both ends have it before they parse.
z.config({ customError: wordsOf });
