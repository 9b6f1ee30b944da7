import type { Random } from './random.ts';
import type { Language } from './script.ts';

/** A visitor whose email address and phone number are reserved for examples. */
export interface Person {
	name: string;
	first_name: string;
	email: string;
	phone: string;
	company: string;
	city: string;
	language: Language;
}

const splitList = (text: string) => text.split(', ');
const FIRST_NAMES: Record<Language, string[]> = {
	en: splitList(
		'Maya, Daniel, Grace, Oliver, Priya, Thomas, Hannah, Marcus, Aisha, Ethan, Chloe, Samuel, Nadia, Victor, Ruth, Leah, Dominic, Ivy, Jonah, Esther, Kofi, Megan, Rohan, Beth, Isaac, Tara, Colin, Zoe, Amara, Felix',
	),
	de: splitList(
		'Jana, Lukas, Miriam, Stefan, Katrin, Jonas, Heike, Emre, Sabine, Tobias, Lena, Uwe, Anneke, Matthias',
	),
	es: splitList(
		'Lucía, Javier, Carmen, Diego, Marta, Álvaro, Elena, Sergio, Pilar, Andrés, Rocío, Mateo',
	),
	fr: splitList(
		'Camille, Julien, Sophie, Antoine, Élodie, Mathieu, Claire, Hugo, Inès, Bastien, Noémie, Rémi',
	),
};
const LAST_NAMES: Record<Language, string[]> = {
	en: splitList(
		'Okafor, Bennett, Whitfield, Lindqvist, Patel, Marsh, Donnelly, Castillo, Hale, Nakamura, Fletcher, Osei, Rowe, Sinclair, Abbott, Kaplan, Dunne, Mercer, Varga, Quinn, Holloway, Ibrahim, Novak, Pike, Sato, Thorne, Ellison, Boateng, Crane, Whelan',
	),
	de: splitList(
		'Brandt, Köhler, Vogt, Seidel, Yılmaz, Lorenz, Kessler, Nowak, Reuter, Pohl, Straub, Winkler',
	),
	es: splitList('Romero, Ibáñez, Navarro, Cabrera, Molina, Serrano, Peña, Vidal, Fuentes, Arroyo'),
	fr: splitList(
		'Moreau, Lefèvre, Garnier, Rousseau, Blanchet, Mercier, Faure, Chevalier, Perrin, Noël',
	),
};
const CITIES: Record<Language, string[]> = {
	en: splitList('Madison, Leeds, Portland, Bristol, Boulder, Cork, Albany, Norwich'),
	de: splitList('Kassel, Freiburg, Bremen, Jena, Ulm'),
	es: splitList('Valencia, Málaga, Bilbao, Zaragoza'),
	fr: splitList('Nantes, Lyon, Dijon, Rennes'),
};
const COMPANIES = splitList(
	'Alder & Finch, Brightwater Studio, Copperline, Delta Survey, Eastgate Engineering, Fernhill Homes, Gable Architects, Harbour Analytics, Inkwell Agency, Juniper Health, Keystone Consulting, Larkspur Labs, Meridian Works, Oakbridge Schools, Pinecrest Logistics, Quarry Lane Design, Riverbend Group, Stonefield Partners, Tidewater Energy, Umber Studio',
);
const EMAIL_DOMAINS = ['example.com', 'example.org', 'example.net', 'post.example', 'mail.example'];

/** Each has only 100 phone numbers for examples, and a number links the chats of one person. */
const US_AREA_CODES = splitList(
	'201, 203, 206, 207, 212, 213, 215, 216, 218, 225, 240, 253, 267, 301, 303, 305, 310, 312, 313, 315, 319, 360, 401, 402, 404, 406, 410, 412, 415, 503, 505, 508, 512, 515, 518, 602, 603, 605, 608, 612, 615, 617, 619, 701, 702, 704, 713, 718, 720, 801, 802, 808, 816, 901, 907, 919',
);

const toAsciiSlug = (text: string) =>
	text
		.normalize('NFD')
		.replace(/[\u0300-\u036f]/g, '')
		.replace(/ı/g, 'i')
		.replace(/[^a-zA-Z0-9]+/g, '-')
		.toLowerCase();

export function generatePerson(random: Random, language: Language, isBusiness: boolean): Person {
	const firstName = random.pick(FIRST_NAMES[language]);
	const lastName = random.pick(LAST_NAMES[language]);
	const company = random.pick(COMPANIES);
	const localPart = random.pick([
		`${firstName}.${lastName}`,
		`${firstName[0] ?? ''}.${lastName}`,
		`${firstName}${random.int(2, 99)}`,
		`${lastName}.${firstName}${random.int(1, 9)}`,
	]);
	const domain = isBusiness ? `${toAsciiSlug(company)}.example` : random.pick(EMAIL_DOMAINS);
	return {
		name: `${firstName} ${lastName}`,
		first_name: firstName,
		email: `${localPart.split('.').map(toAsciiSlug).join('.')}@${domain}`,
		phone: generatePhoneNumber(random, language),
		company,
		city: random.pick(CITIES[language]),
		language,
	};
}

function generatePhoneNumber(random: Random, language: Language): string {
	const generateDigits = (count: number) =>
		Array.from({ length: count }, () => String(random.int(0, 9))).join('');
	switch (language) {
		case 'en':
			return random.chance(0.6)
				? `+1 (${random.pick(US_AREA_CODES)}) 555-01${generateDigits(2)}`
				: `+44 7700 900${generateDigits(3)}`;
		case 'de':
			return `+49 30 23125 ${generateDigits(3)}`;
		case 'es':
			return `+34 600 000 ${generateDigits(3)}`;
		case 'fr':
			return `+33 6 39 98 ${generateDigits(2)} ${generateDigits(2)}`;
	}
}
