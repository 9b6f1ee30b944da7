import { createHash } from 'node:crypto';
import type { SiteRow } from './get-site.ts';

type Greetings = Pick<SiteRow, 'greeting' | 'greetings'>;

/** Returns the key of the greeting variant for a visitor, always the same for the same id; null without variants. */
export function pickGreeting({ greetings }: Greetings, visitorId: string): string | null {
	const hash = createHash('sha256').update(visitorId).digest().readUInt32BE();
	return greetings[hash % greetings.length]?.key ?? null;
}

/** Returns the fixed greeting of a chat session; null when the AI writes it. */
export const greetingOf = ({ greeting, greetings }: Greetings, variant: string | null) =>
	greetings.find(({ key }) => key === variant)?.text ?? greeting;
