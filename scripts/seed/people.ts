import type { Random } from './random.ts';
import type { Language } from './script.ts';

/** A visitor, with an email address and phone number reserved for examples. */
export interface Person {
	name: string;
	first: string;
	email: string;
	phone: string;
	company: string;
	city: string;
	language: Language;
}

const list = (text: string) => text.split(', ');
const FIRST: Record<Language, string[]> = {
	en: list(
		'Maya, Daniel, Grace, Oliver, Priya, Thomas, Hannah, Marcus, Aisha, Ethan, Chloe, Samuel, Nadia, Victor, Ruth, Leah, Dominic, Ivy, Jonah, Esther, Kofi, Megan, Rohan, Beth, Isaac, Tara, Colin, Zoe, Amara, Felix',
	),
	de: list(
		'Jana, Lukas, Miriam, Stefan, Katrin, Jonas, Heike, Emre, Sabine, Tobias, Lena, Uwe, Anneke, Matthias',
	),
	es: list(
		'Lucía, Javier, Carmen, Diego, Marta, Álvaro, Elena, Sergio, Pilar, Andrés, Rocío, Mateo',
	),
	fr: list(
		'Camille, Julien, Sophie, Antoine, Élodie, Mathieu, Claire, Hugo, Inès, Bastien, Noémie, Rémi',
	),
};
const LAST: Record<Language, string[]> = {
	en: list(
		'Okafor, Bennett, Whitfield, Lindqvist, Patel, Marsh, Donnelly, Castillo, Hale, Nakamura, Fletcher, Osei, Rowe, Sinclair, Abbott, Kaplan, Dunne, Mercer, Varga, Quinn, Holloway, Ibrahim, Novak, Pike, Sato, Thorne, Ellison, Boateng, Crane, Whelan',
	),
	de: list(
		'Brandt, Köhler, Vogt, Seidel, Yılmaz, Lorenz, Kessler, Nowak, Reuter, Pohl, Straub, Winkler',
	),
	es: list('Romero, Ibáñez, Navarro, Cabrera, Molina, Serrano, Peña, Vidal, Fuentes, Arroyo'),
	fr: list('Moreau, Lefèvre, Garnier, Rousseau, Blanchet, Mercier, Faure, Chevalier, Perrin, Noël'),
};
const CITIES: Record<Language, string[]> = {
	en: list('Madison, Leeds, Portland, Bristol, Boulder, Cork, Albany, Norwich'),
	de: list('Kassel, Freiburg, Bremen, Jena, Ulm'),
	es: list('Valencia, Málaga, Bilbao, Zaragoza'),
	fr: list('Nantes, Lyon, Dijon, Rennes'),
};
const COMPANIES = list(
	'Alder & Finch, Brightwater Studio, Copperline, Delta Survey, Eastgate Engineering, Fernhill Homes, Gable Architects, Harbour Analytics, Inkwell Agency, Juniper Health, Keystone Consulting, Larkspur Labs, Meridian Works, Oakbridge Schools, Pinecrest Logistics, Quarry Lane Design, Riverbend Group, Stonefield Partners, Tidewater Energy, Umber Studio',
);
const EMAIL_DOMAINS = ['example.com', 'example.org', 'example.net', 'post.example', 'mail.example'];

const ascii = (text: string) =>
	text
		.normalize('NFD')
		.replace(/[\u0300-\u036f]/g, '')
		.replace(/ı/g, 'i')
		.replace(/[^a-zA-Z0-9]+/g, '-')
		.toLowerCase();

export function makePerson(random: Random, language: Language, isBusiness: boolean): Person {
	const first = random.pick(FIRST[language]);
	const last = random.pick(LAST[language]);
	const company = random.pick(COMPANIES);
	const localPart = random.pick([
		`${first}.${last}`,
		`${first[0] ?? ''}.${last}`,
		`${first}${random.int(2, 99)}`,
		`${last}.${first}${random.int(1, 9)}`,
	]);
	const domain = isBusiness ? `${ascii(company)}.example` : random.pick(EMAIL_DOMAINS);
	return {
		name: `${first} ${last}`,
		first,
		email: `${localPart.split('.').map(ascii).join('.')}@${domain}`,
		phone: phoneOf(random, language),
		company,
		city: random.pick(CITIES[language]),
		language,
	};
}

function phoneOf(random: Random, language: Language): string {
	const digits = (count: number) =>
		Array.from({ length: count }, () => String(random.int(0, 9))).join('');
	switch (language) {
		case 'en':
			return random.chance(0.6)
				? `+1 (${random.pick(['608', '503', '303', '518'])}) 555-01${digits(2)}`
				: `+44 7700 900${digits(3)}`;
		case 'de':
			return `+49 30 23125 ${digits(3)}`;
		case 'es':
			return `+34 600 000 ${digits(3)}`;
		case 'fr':
			return `+33 6 39 98 ${digits(2)} ${digits(2)}`;
	}
}
