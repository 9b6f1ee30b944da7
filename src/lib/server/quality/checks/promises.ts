import type { BusinessHours } from '#lib/contract/calendar.ts';
import { normalize, removeAccents } from '#lib/server/ai/connectors/scripted/index.ts';
import { toPlainDigits } from '#lib/server/core/text.ts';
import { addDays, getWallClock, getDay, getStartOfDay } from '#lib/server/core/time-zone.ts';
import { isOpenAt, findNextOpening } from '#lib/server/sites/index.ts';
import {
	getAnswers,
	isMarkedQuestion,
	splitSentences,
	type CheckedChat,
	type Finding,
} from './chat.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The time that "right away" may take. */
const NOW_MS = 30 * MINUTE_MS;
/** Promises for a later time are the site's own policy, such as its completion phrase "within 24 hours". */
const MAX_HOURS = 12;

/** How a language expresses promises: the future action, its negation, and the time. */
interface PromisePatterns {
	act: string;
	denial: string;
	now: string;
	minutes: string;
	hours: string;
	today: string;
	tomorrow: string;
}

const NUMBER_PATTERN =
	'(\\d{1,3}|one|an?|the|two|three|five|ten|fifteen|twenty|thirty|einer|eine|zwei|drei|una|dos|tres|une|deux|trois|uma|duas|três|ساعة|ساعتين)';
const LANGUAGE_PATTERNS: PromisePatterns[] = [
	{
		act: "(?:will|(?:we|i|they|team|someone|colleague)'ll|(?:we|i|they|team|someone|colleague|specialist) can|going to|gonna) (?:[\\p{L}']+ ){0,4}?(?:call|ring|phone|contact|reach|get back|be in touch|get in touch|reply|respond|answer|email|write|text|visit|come|send|follow up|be with you|join)|(?:we're|we are|i'm|i am) (?:calling|coming|sending)|you'll (?:hear|get|receive)|you will (?:hear|get|receive|be (?:contacted|called))|expect (?:a|our) (?:call|reply|answer)",
		denial: "won't|will not|can't|cannot|can not|not able|unable|unfortunately|closed|isn't|not",
		now: 'right away|right now|straight away|immediately|in (?:a moment|a minute|a few minutes|a second)|within minutes|any minute',
		minutes: `(?:with)?in (?:the next |about )?${NUMBER_PATTERN} min(?:ute)?s?`,
		hours: `(?:with)?in (?:the next |about )?${NUMBER_PATTERN} (?:hours?|hrs?|h)`,
		today:
			'today|this (?:morning|afternoon|evening)|tonight|by (?:the )?end of (?:the )?day|by (?:5|6|five|six) ?(?:pm|p m)?',
		tomorrow: 'tomorrow',
	},
	{
		act: '(?:wir|ich|jemand|kolleg\\p{L}*|mitarbeiter\\p{L}*|team|techniker\\p{L}*|berater\\p{L}*|experte\\p{L}*) (?:[\\p{L}]+ ){0,9}?(?:melden|meldet|melde|rufen|ruft|rufe|anrufen|anruft|kontaktier\\p{L}*|schreib\\p{L}*|antwort\\p{L}*|komm\\p{L}*|schick\\p{L}*|senden?|zurück\\p{L}*|erreichen)|(?:melden|meldet|rufen|ruft|kommt|schreibt|antwortet) (?:[\\p{L}]+ ){0,7}?(?:wir|jemand|kolleg\\p{L}*|mitarbeiter\\p{L}*|team|techniker\\p{L}*|berater\\p{L}*)|(?:sie|du) (?:hören|hörst) (?:[\\p{L}]+ ){0,4}?von uns|(?:sie|du) (?:[\\p{L}]+ ){0,5}?(?:erhalten|bekommen)',
		denial: 'nicht|keine?[nrm]?|leider|geschlossen',
		now: 'sofort|gleich|jetzt gleich|in (?:wenigen|ein paar) minuten|in einem moment|in kürze gleich',
		minutes: `in(?:nerhalb)? (?:von |der nächsten |den nächsten )?${NUMBER_PATTERN} minuten?`,
		hours: `in(?:nerhalb)? (?:von |der nächsten |den nächsten )?${NUMBER_PATTERN} stunden?`,
		today: 'heute',
		tomorrow: '(?<!guten |am |jeden |heute )morgen',
	},
	{
		act: '(?:le|te|les|os|lo|la) (?:llam|contact|escrib|respond|contest|envi|devolv|visit|atend)\\p{L}+|(?:llamar|contactar|escribir|responder|contestar|enviar|visitar|atender)(?:emos|án|á|é)|(?:vamos a|va a|van a|podemos|puede) (?:[\\p{L}]+ ){0,2}?(?:llamar|contactar|escribir|responder|enviar|comunicar)\\p{L}*|se pondrán? en contacto|nos pondremos en contacto|recibirá',
		denial: 'no|lamentablemente|desafortunadamente|cerrad[oa]s?',
		now: 'ahora mismo|enseguida|en seguida|inmediatamente|de inmediato|en (?:unos|pocos) minutos|en un momento',
		minutes: `(?:en|dentro de) (?:los próximos |menos de )?${NUMBER_PATTERN} minutos?`,
		hours: `(?:en|dentro de) (?:las próximas |menos de )?${NUMBER_PATTERN} horas?`,
		today: 'hoy|esta (?:tarde|noche|mañana)',
		tomorrow: '(?<!esta |la |cada )mañana',
	},
	{
		act: '(?:vous|te) (?:rappel|recontact|contact|répond|appel|écri|enverr|joindr)\\p{L}*|(?:allons|va|vont|pouvons|peut|vais) (?:vous |te )?(?:rappeler|contacter|recontacter|écrire|répondre|appeler|envoyer|joindre)|revien\\p{L}* vers vous|prendr\\p{L}* contact|(?:vous )?recevrez',
		denial: 'pas|malheureusement|fermée?s?',
		now: "tout de suite|immédiatement|à l'instant|dans (?:un instant|quelques minutes|un moment)|d'ici quelques minutes",
		minutes: `(?:dans|sous|d'ici) (?:les )?${NUMBER_PATTERN} (?:prochaines )?minutes?`,
		hours: `(?:dans|sous|d'ici) (?:les )?${NUMBER_PATTERN} (?:prochaines )?(?:heures?|h)`,
		today: "aujourd'hui|cet après midi|ce soir|ce matin|dans la journée",
		tomorrow: 'demain',
	},
	{
		act: '(?:ligar|responder|retornar|enviar|chamar|escrever|contatar|contactar|visitar)(?:emos|ão|á|ei)|entrar(?:emos|ão|á|ei) em contat?c?to|(?:vamos|vai|vão|iremos|podemos|pode) (?:te |lhe |a )?(?:ligar|entrar em contat?c?to|responder|retornar|enviar|chamar|escrever|contatar)|(?:retornamos|respondemos|ligamos|entramos em contat?c?to)|receberá',
		denial: 'não|infelizmente|fechad[oa]s?',
		now: 'agora mesmo|imediatamente|em instantes|em (?:alguns|poucos) minutos|daqui a pouco',
		minutes: `(?:em|dentro de) (?:até |menos de )?${NUMBER_PATTERN} minutos?`,
		hours: `(?:em|dentro de) (?:até |menos de )?${NUMBER_PATTERN} horas?`,
		today: 'hoje|esta (?:tarde|noite|manhã)',
		tomorrow: 'amanhã',
	},
	{
		act: '(?:و|ف)?س[نيتأ](?:تصل|تواصل|رد|رسل|زور|عاود|جيب|كتب|عود)\\p{L}*|سوف [نيتأ](?:تصل|تواصل|رد|رسل|زور|عاود|جيب|كتب)\\p{L}*',
		denial: 'لن|لا|للأسف|مغلق|مغلقون',
		now: 'الآن|فورا|حالا|خلال دقائق|بعد قليل|على الفور',
		minutes: `خلال ${NUMBER_PATTERN} (?:دقيقة|دقائق)`,
		hours: `خلال (?:ال)?${NUMBER_PATTERN}(?: ساع\\p{L}+)?`,
		today: 'اليوم|هذا (?:المساء|الصباح)|الليلة|مساء اليوم',
		tomorrow: 'غدا|بكرة|بكرا',
	},
];

const compileWords = (pattern: string) =>
	new RegExp(`(?:^| )(?:${removeAccents(pattern)})(?= |$)`, 'u');
const COMPILED_PATTERNS = LANGUAGE_PATTERNS.map((language) => ({
	act: compileWords(language.act),
	denial: compileWords(language.denial),
	now: compileWords(language.now),
	minutes: compileWords(language.minutes),
	hours: compileWords(language.hours),
	today: compileWords(language.today),
	tomorrow: compileWords(language.tomorrow),
}));

const NUMBER_WORDS: Record<string, number> = {
	two: 2,
	zwei: 2,
	dos: 2,
	deux: 2,
	duas: 2,
	three: 3,
	five: 5,
	ten: 10,
	fifteen: 15,
	twenty: 20,
	thirty: 30,
	drei: 3,
	tres: 3,
	trois: 3,
	ساعتين: 2,
};
const parseNumber = (text = '') => Number(text) || (NUMBER_WORDS[text] ?? 1);

/** Returns the period for which a sentence written at `at` promises something; undefined if it promises nothing. */
function findPromisedPeriod(
	sentence: string,
	at: Date,
	time_zone: string,
): { from: Date; to: Date } | undefined {
	if (isMarkedQuestion(sentence)) return undefined;
	const text = normalize(toPlainDigits(sentence));
	const language = COMPILED_PATTERNS.find(({ act }) => act.test(text));
	if (!language || language.denial.test(text)) return undefined;
	const getPeriod = (ms: number) => ({ from: at, to: new Date(at.getTime() + ms) });
	const minutes = language.minutes.exec(text);
	if (minutes) return getPeriod(Math.max(parseNumber(minutes[1]) * MINUTE_MS, NOW_MS));
	const hours = language.hours.exec(text);
	if (hours) {
		const count = parseNumber(hours[1]);
		return count <= MAX_HOURS ? getPeriod(count * HOUR_MS) : undefined;
	}
	const day = getDay(time_zone, at.getTime());
	const getStartOfDayAfter = (offset: number) =>
		new Date(getStartOfDay(time_zone, addDays(day, offset)));
	if (language.today.test(text)) return { from: at, to: getStartOfDayAfter(1) };
	if (language.tomorrow.test(text))
		return { from: getStartOfDayAfter(1), to: getStartOfDayAfter(2) };
	return language.now.test(text) ? getPeriod(NOW_MS) : undefined;
}

/** Returns whether the business is open at any time during a period. */
function isOpenWithin(hours: BusinessHours, from: Date, to: Date): boolean {
	if (isOpenAt(hours, from)) return true;
	const next = findNextOpening(hours, from);
	if (!next) return false;
	const end = new Date(getWallClock(hours.time_zone, to.getTime())).toISOString();
	return `${next.day}T${next.time}` <= end.slice(0, 16);
}

/** Finds promises of a reply outside business hours. The site's own completion phrases don't count as promises. */
export function findPromisesOutsideHours(chat: CheckedChat): Finding[] {
	const { business_hours: hours, completion_phrases } = chat.site;
	if (!hours) return [];
	const isOwnPhrase = (sentence: string) =>
		completion_phrases.some((phrase) => normalize(sentence).includes(normalize(phrase)));
	return getAnswers(chat).flatMap(({ id, text, at }) => {
		const hasBrokenPromise = splitSentences(text).some((sentence) => {
			const promisedPeriod = isOwnPhrase(sentence)
				? undefined
				: findPromisedPeriod(sentence, at, hours.time_zone);
			return promisedPeriod && !isOpenWithin(hours, promisedPeriod.from, promisedPeriod.to);
		});
		const reason = 'The AI promises a reply for a time outside the site’s business hours.';
		return hasBrokenPromise ? [{ message_id: id, reason }] : [];
	});
}
