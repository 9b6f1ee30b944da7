import type { Outcome } from '../connector.ts';
import { isCourtesy, isParting } from './intents.ts';
import { firstName } from './names.ts';
import { answerQuestion, pick } from './phrases.ts';
import { contactOf, say, type Situation } from './situation.ts';

/** A short, helpful answer to what is written after the closing words; nothing is asked again. */
export function afterwards(situation: Situation, message: string): Outcome {
	const { heard, known, script, asked, progress } = situation;
	const answer = heard.question ? answerQuestion(heard.question, asked, progress.step) : '';
	const news = sayBack(situation);
	if (news || answer) return { text: say(news, answer) };
	if (heard.isSkip) return { text: 'All right. You can write here any time.' };
	if (isParting(message) || isCourtesy(message))
		return { text: farewell(known.name, progress.step) };
	const isReachable = contactOf(known, script) !== undefined;
	const plea = isReachable
		? ''
		: 'An email address or a phone number would help them to reach you.';
	return { text: say(remark(situation), plea) };
}

/** Repeats what was added or corrected, so that the visitor can see it is right. */
function sayBack({ heard }: Situation): string {
	const { name, email, phone } = heard.fields;
	const noted = [
		name && `your name as ${name}`,
		email && `your email address as ${email}`,
		phone && `your phone number as ${phone}`,
	].filter(Boolean);
	return noted.length === 0 ? '' : `Thank you, I’ve noted ${noted.join(' and ')}.`;
}

function remark({ heard, progress }: Situation): string {
	if (heard.isGreeting) return 'Hello again. The team has your message; add anything you like.';
	return pick(
		[
			'Thanks, I’ve added that for the team.',
			'Noted, the team will see this too.',
			'Thank you, I’ve put that with your message.',
		],
		progress.step,
	);
}

function farewell(name: string | undefined, step: number): string {
	const to = name ? `, ${firstName(name)}` : '';
	return pick(
		[
			`You’re welcome${to}. Have a good day.`,
			`All good${to}. Write here any time.`,
			`With pleasure${to}. Until soon.`,
		],
		step,
	);
}
