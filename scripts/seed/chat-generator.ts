import type { Question } from '#lib/contract/site.ts';
import type { SeenPage } from '#lib/contract/visitor-context.ts';
import { MINUTE } from './calendar.ts';
import { ChatSimulation, type Chat } from './chat.ts';
import { findFailure } from './failures.ts';
import { addFault } from './faults.ts';
import { makePerson, type Person } from './people.ts';
import type { Random } from './random.ts';
import { RARE_STATES } from './rare-states.ts';
import type { Dialogue, Line, Variables } from './script.ts';
import type { SeededSite } from './setup.ts';
import { pickMember, type Team } from './team.ts';
import { makeVisitor } from './visitors.ts';

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'];
const MAX_KNOWN_PEOPLE = 200;
const MAX_ATTEMPTS = 500;

/** Generates chat sessions. Some visitors return. */
export class ChatGenerator {
	readonly #random: Random;
	readonly #team: Team;
	readonly #now: Date;
	readonly #people = new Map<SeededSite, Person[]>();

	constructor(random: Random, team: Team, now: Date) {
		this.#random = random;
		this.#team = team;
		this.#now = now;
	}

	/** Generates a chat session that started at `created_at`, as far as it has progressed by now. */
	generate(site: SeededSite, created_at: Date): Chat {
		const random = this.#random;
		const { model } = site;
		const person = this.#pickPerson(site);
		const { context, engagement } = makeVisitor(random, model, person.language);
		const channel = random.chance(model.messenger_share) ? 'messenger' : 'web';
		const chat: Chat = {
			id: 0,
			session_id: `session_${random.text(24)}`,
			site,
			channel,
			person,
			agent: pickMember(random, this.#team.agents),
			context: channel === 'web' ? context : { language: context.language },
			pages: [],
			greeting_variant: null,
			created_at,
			messages: [],
			turns: [],
			taken_over: null,
			completed: null,
			undone: null,
			claimed_at: null,
			rescued_at: null,
		};
		this.#simulate(chat, this.#generateLines(chat, engagement));
		this.#endTakeOver(chat);
		if (channel === 'web') {
			chat.pages = this.#generatePages(chat);
			const { page_url, page_title } = chat.pages.at(-1) ?? chat.context;
			chat.context = { ...chat.context, page_url, page_title };
		}
		return chat;
	}

	/** Generates up to `count` recent chats in rare states. */
	*generateRare(sites: SeededSite[], count: number): Generator<Chat> {
		const at = new Date(this.#now.getTime() - 10 * MINUTE);
		for (const { sites: keys, apply } of RARE_STATES.slice(0, count)) {
			const suitable = sites.filter(({ model }) => keys.includes(model.key));
			for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
				const chat = this.generate(this.#random.pick(suitable), at);
				if (!apply(chat, this.#now)) continue;
				yield chat;
				break;
			}
		}
	}

	#pickPerson(site: SeededSite): Person {
		const people = this.#people.get(site) ?? [];
		if (people.length > 20 && this.#random.chance(0.05)) return this.#random.pick(people);
		const language = this.#random.pickWeighted(site.model.languages);
		const person = makePerson(this.#random, language, site.model.key === 'northbeam-saas');
		if (people.length < MAX_KNOWN_PEOPLE) people.push(person);
		else people[this.#random.int(0, MAX_KNOWN_PEOPLE - 1)] = person;
		this.#people.set(site, people);
		return person;
	}

	/** Returns the lines of a chat without failures, up to where the visitor leaves. */
	#generateLines(chat: Chat, engagement: number): Line[] {
		const random = this.#random;
		const { script, model } = chat.site;
		const { language } = chat.person;
		const dialogues = script.dialogues.filter((dialogue) => dialogue.language === language);
		const greeting = this.#generateBlock(chat, 'greeting');
		if (random.chance(Math.min(model.silent_share / engagement, 0.8))) {
			return greeting.map((line) => ({ ...line, asked: model.questions[0]?.key }));
		}
		const lines = script.generateLines(random, random.pick(dialogues), this.#getVariables(chat));
		if (lines.at(-1)?.by === 'visitor' && !lines.some(({ by }) => by === 'agent')) {
			lines.push(...this.#generateBlock(chat, 'bye'));
		}
		const isLeftEarly = random.chance(Math.min(model.early_exit_share / engagement, 0.8));
		const visitorIndexes = lines.flatMap(({ by }, index) => (by === 'visitor' ? [index] : []));
		const end = isLeftEarly ? random.pick(visitorIndexes) : lines.length;
		const allLines = markQuestions([...greeting, ...lines], model.questions);
		return addFault(allLines.slice(0, greeting.length + end), chat);
	}

	#simulate(chat: Chat, lines: Line[]): void {
		const simulation = new ChatSimulation(this.#random, chat, this.#now);
		const agentIndex = lines.findIndex(({ by }) => by === 'agent');
		// An agent who joins before a visitor's message answers it instead of the AI.
		const takeOverIndex = lines[agentIndex - 1]?.by === 'visitor' ? agentIndex - 1 : agentIndex;
		for (const [index, line] of lines.entries()) {
			if (agentIndex >= 0 && index === takeOverIndex) simulation.takeOver();
			const isAi = line.by === 'ai' && index > 0;
			const failure = isAi
				? findFailure(this.#random, chat.site.model, simulation.at, this.#now)
				: undefined;
			if (failure) {
				if (!simulation.playFailure(failure) || !this.#continueAfterFallback(simulation, chat))
					return;
			}
			if (!simulation.play(line)) return;
		}
	}

	/** Continues after a fallback reply: the visitor waits, leaves contact data, or leaves. */
	#continueAfterFallback(simulation: ChatSimulation, chat: Chat): boolean {
		const choice = this.#random.pickWeighted([
			['fallback-wait', 5],
			['fallback-contact', 3],
			['', 2],
		] as const);
		const lines = choice === '' ? [] : this.#generateBlock(chat, choice);
		const isPlayed = lines.every((line) => simulation.play(line));
		if (choice === 'fallback-wait' && isPlayed)
			return simulation.play(this.#createWaitingLine(chat));
		return false;
	}

	#createWaitingLine({ person }: Chat): Line {
		const acknowledgment = { en: 'ok', de: 'Gut', es: 'vale', fr: "d'accord" }[person.language];
		return { by: 'visitor', text: acknowledgment, quick_replies: [], facts: [] };
	}

	#generateBlock(chat: Chat, name: string): Line[] {
		const { script } = chat.site;
		const { language } = chat.person;
		const block: Dialogue | undefined = script.pickBlock(this.#random, name, language);
		return block ? script.generateLines(this.#random, block, this.#getVariables(chat)) : [];
	}

	#getVariables(chat: Chat): Variables {
		const { name, first_name: first, email, phone, company, city } = chat.person;
		const weekday = WEEKDAYS[chat.created_at.getUTCDay() % 5] ?? 'Monday';
		const agent = chat.agent.name.split(' ')[0] ?? chat.agent.name;
		return { name, first, email, phone, company, city, weekday, agent };
	}

	/** Returns the pages that the visitor viewed during the chat. */
	#generatePages({ site, context, created_at, messages }: Chat): SeenPage[] {
		const { page_url = site.model.origin, page_title } = context;
		const pages: SeenPage[] = [{ page_url, page_title, at: created_at.toISOString() }];
		const messagesOnNewPage = messages.filter(() => this.#random.chance(0.06)).slice(0, 3);
		for (const { at } of messagesOnNewPage) {
			const [path, title] = this.#random.pickWeighted(site.model.pages);
			const page = { page_url: site.model.origin + path, page_title: title, at: at.toISOString() };
			if (page.page_url !== pages.at(-1)?.page_url) pages.push(page);
		}
		return pages;
	}

	/** Ends a chat that an agent has taken over: completed, handed back, or neither. */
	#endTakeOver(chat: Chat): void {
		const last = chat.messages.at(-1);
		const { taken_over } = chat;
		if (!taken_over || last?.by !== 'agent') return;
		const endsAt = new Date(last.at.getTime() + this.#random.around(3 * MINUTE));
		if (endsAt.getTime() + MINUTE > this.#now.getTime()) return;
		if (this.#random.chance(0.6) && chat.messages.some(({ facts }) => facts.length > 0)) {
			chat.completed ??= { at: endsAt, source: 'agent', by: taken_over.by };
		}
		if (this.#random.chance(0.5)) {
			taken_over.handed_back_at = new Date(endsAt.getTime() + 2_000);
		}
	}
}

/** Returns the lines with the question that each line of the AI asks: the one that the visitor answers next. */
function markQuestions(lines: Line[], questions: Question[]): Line[] {
	const isQuestion = (key: string) => questions.some((question) => question.key === key);
	return lines.map((line, index) => {
		const next = line.by === 'ai' ? lines[index + 1] : undefined;
		const [asked] = next?.by === 'visitor' ? next.facts.map(([key]) => key).filter(isQuestion) : [];
		return { ...line, asked };
	});
}
