import type { Question } from '#lib/contract/site.ts';
import type { SeenPage } from '#lib/contract/visitor-context.ts';
import { MINUTE } from './calendar.ts';
import { ChatSimulation, type Chat } from './chat.ts';
import { pickFailure } from './failures.ts';
import { addFault } from './faults.ts';
import { generatePerson, type Person } from './people.ts';
import type { Random } from './random.ts';
import { RARE_STATES } from './rare-states.ts';
import type { Dialogue, Line, Variables } from './script.ts';
import type { SeededSite } from './setup.ts';
import { pickMember, type Team } from './team.ts';
import { generateVisitor } from './visitors.ts';

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
		const { template } = site;
		const person = this.#pickPerson(site);
		const { context, engagement } = generateVisitor(random, template, person.language);
		const channel = random.chance(template.messenger_share) ? 'messenger' : 'web';
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
			takeover: null,
			completion: null,
			withdrawal: null,
			claimed_at: null,
			rescued_at: null,
		};
		this.#simulate(chat, this.#generateLines(chat, engagement));
		this.#endTakeover(chat);
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
			const suitable = sites.filter(({ template }) => keys.includes(template.key));
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
		const language = this.#random.pickWeighted(site.template.languages);
		const person = generatePerson(this.#random, language, site.template.key === 'northbeam-saas');
		if (people.length < MAX_KNOWN_PEOPLE) people.push(person);
		else people[this.#random.int(0, MAX_KNOWN_PEOPLE - 1)] = person;
		this.#people.set(site, people);
		return person;
	}

	/** Generates a chat's lines up to where the visitor leaves, without failed calls to the AI. */
	#generateLines(chat: Chat, engagement: number): Line[] {
		const random = this.#random;
		const { script, template } = chat.site;
		const { language } = chat.person;
		const dialogues = script.dialogues.filter((dialogue) => dialogue.language === language);
		const greeting = this.#generateBlock(chat, 'greeting');
		if (random.chance(Math.min(template.silent_share / engagement, 0.8))) {
			return greeting.map((line) => ({ ...line, asked: template.questions[0]?.key }));
		}
		const lines = script.generateLines(random, random.pick(dialogues), this.#getVariables(chat));
		if (lines.at(-1)?.by === 'visitor' && !lines.some(({ by }) => by === 'agent')) {
			lines.push(...this.#generateBlock(chat, 'bye'));
		}
		const isEarlyExit = random.chance(Math.min(template.early_exit_share / engagement, 0.8));
		const visitorIndexes = lines.flatMap(({ by }, index) => (by === 'visitor' ? [index] : []));
		const end = isEarlyExit ? random.pick(visitorIndexes) : lines.length;
		const allLines = markQuestions([...greeting, ...lines], template.questions);
		return addFault(allLines.slice(0, greeting.length + end), chat);
	}

	#simulate(chat: Chat, lines: Line[]): void {
		const simulation = new ChatSimulation(this.#random, chat, this.#now);
		const agentIndex = lines.findIndex(({ by }) => by === 'agent');
		// An agent who joins before a visitor's message answers it instead of the AI.
		const takeoverIndex = lines[agentIndex - 1]?.by === 'visitor' ? agentIndex - 1 : agentIndex;
		for (const [index, line] of lines.entries()) {
			if (agentIndex >= 0 && index === takeoverIndex) simulation.takeOver();
			const isAi = line.by === 'ai' && index > 0;
			const failure = isAi
				? pickFailure(this.#random, chat.site.template, simulation.at, this.#now)
				: undefined;
			if (failure) {
				if (!simulation.playFailure(failure) || !this.#continueAfterFallback(simulation, chat))
					return;
			}
			if (!simulation.play(line)) return;
		}
	}

	/** Continues after a fallback reply: the visitor waits, leaves contact details, or goes away. Returns whether the dialogue goes on. */
	#continueAfterFallback(simulation: ChatSimulation, chat: Chat): boolean {
		const choice = this.#random.pickWeighted([
			['fallback-wait', 5],
			['fallback-contact', 3],
			['', 2],
		] as const);
		const lines = choice === '' ? [] : this.#generateBlock(chat, choice);
		const isPlayed = lines.every((line) => simulation.play(line));
		if (choice === 'fallback-wait' && isPlayed)
			return simulation.play(this.#createAcknowledgment(chat));
		return false;
	}

	#createAcknowledgment({ person }: Chat): Line {
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
		const { page_url = site.template.origin, page_title } = context;
		const pages: SeenPage[] = [{ page_url, page_title, at: created_at.toISOString() }];
		const messagesOnNewPage = messages.filter(() => this.#random.chance(0.06)).slice(0, 3);
		for (const { at } of messagesOnNewPage) {
			const [path, title] = this.#random.pickWeighted(site.template.pages);
			const page = {
				page_url: site.template.origin + path,
				page_title: title,
				at: at.toISOString(),
			};
			if (page.page_url !== pages.at(-1)?.page_url) pages.push(page);
		}
		return pages;
	}

	/** Ends a chat that an agent has taken over. The agent may complete it, hand it back, or both. */
	#endTakeover(chat: Chat): void {
		const last = chat.messages.at(-1);
		const { takeover } = chat;
		if (!takeover || last?.by !== 'agent') return;
		const endsAt = new Date(last.at.getTime() + this.#random.around(3 * MINUTE));
		if (endsAt.getTime() + MINUTE > this.#now.getTime()) return;
		if (this.#random.chance(0.6) && chat.messages.some(({ facts }) => facts.length > 0)) {
			chat.completion ??= { at: endsAt, source: 'agent', by: takeover.by };
		}
		if (this.#random.chance(0.5)) {
			takeover.handed_back_at = new Date(endsAt.getTime() + 2_000);
		}
	}
}

/** Marks each line of the AI with the question that it asks: the one that the visitor's next line answers. */
function markQuestions(lines: Line[], questions: Question[]): Line[] {
	const isQuestion = (key: string) => questions.some((question) => question.key === key);
	return lines.map((line, index) => {
		const next = line.by === 'ai' ? lines[index + 1] : undefined;
		const [asked] = next?.by === 'visitor' ? next.facts.map(([key]) => key).filter(isQuestion) : [];
		return { ...line, asked };
	});
}
