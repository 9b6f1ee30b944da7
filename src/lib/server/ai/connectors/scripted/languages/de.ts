import type { ScriptLanguage } from './language.ts';

export const de: ScriptLanguage = {
	code: 'de',
	locale: 'de',
	usesFirstNames: false,
	phrases: {
		greeting: (to, place) =>
			`Guten Tag${to ? `, ${to}` : ''}! Ich bin der Assistent ${place ? `von ${place}` : 'hier im Chat'}.`,
		offer:
			'Ein paar kurze Fragen, dann kann Ihnen die richtige Person aus unserem Team weiterhelfen.',
		takingOver: 'Vielen Dank für Ihre Geduld.',
		hello: { first: 'Schön, dass Sie da sind.', again: 'Hallo noch einmal.' },
		niceToMeet: (to) => `Freut mich, ${to}.`,
		corrected: (to) => `Vielen Dank, ${to}, ich habe das korrigiert.`,
		thanks: {
			topic: 'Danke, das hilft uns weiter.',
			choice: ['Gut zu wissen.', 'Danke, ist notiert.'],
			other: ['Vielen Dank.', 'Alles klar.', 'Sehr gut, danke.', 'Ist notiert.'],
		},
		great: 'Sehr gut.',
		noProblem: ['Kein Problem.', 'Das ist in Ordnung.', 'Gut, das lassen wir weg.'],
		leftOpen: ['Kein Problem, das können wir offenlassen.', 'Lassen wir das vorerst offen.'],
		hints: {
			name: 'Entschuldigung, Ihren Namen habe ich nicht verstanden.',
			email: 'Darin habe ich keine E-Mail-Adresse gefunden.',
			emailIncomplete: 'Diese E-Mail-Adresse scheint nicht vollständig zu sein.',
			phone: 'Darin habe ich keine Telefonnummer gefunden.',
			phoneIncomplete: 'Diese Telefonnummer scheint nicht vollständig zu sein.',
			number: 'Darin habe ich keine Zahl gefunden.',
			choice: 'Ich bin nicht sicher, was davon Sie meinen.',
			text: 'Lassen Sie sich ruhig Zeit.',
		},
		reasons: {
			contact: 'sich das Team sonst nicht bei Ihnen melden kann',
			name: 'das Team gern wissen möchte, mit wem es spricht',
			email: 'das Team eine Adresse braucht, um Ihnen zu antworten',
			phone: 'sich vieles am Telefon am schnellsten klären lässt',
			choice: 'wir so die richtige Person für Sie finden',
			other: 'sich das Team so besser auf Ihr Anliegen vorbereiten kann',
		},
		because: (reason) => `Ich frage, weil ${reason}.`,
		onlyBecause: (reason) => `Das verstehe ich. Ich frage nur, weil ${reason}.`,
		who: 'Ich bin ein automatischer Assistent, und jemand aus unserem Team liest, was Sie hier schreiben.',
		referral: [
			'Gute Frage. Die beantwortet Ihnen am besten unser Team.',
			'Diese Frage beantwortet Ihnen das Team, wenn es sich bei Ihnen meldet.',
			'Das kann ich selbst nicht beantworten, deshalb gebe ich es an das Team weiter.',
		],
		prompts: {
			name: ['Wie ist Ihr Name?', 'Wie darf das Team Sie ansprechen?'],
			email: [
				'Unter welcher E-Mail-Adresse kann das Team Sie erreichen?',
				'An welche E-Mail-Adresse darf das Team schreiben? Zum Beispiel: name@example.com',
			],
			phone: [
				'Unter welcher Telefonnummer kann das Team Sie anrufen?',
				'Welche Nummer darf das Team anrufen? Zum Beispiel: +49 30 23125 014',
			],
			company: 'Für welches Unternehmen sind Sie tätig?',
			number: (label) => `${label}: Welche Zahl trifft ungefähr zu?`,
			numberAgain: (first) => `Eine ungefähre Zahl genügt, zum Beispiel 25. ${first}`,
			choice: (label) => `${label}: Was davon passt am besten?`,
			choiceAgain: (options) => `Was davon trifft am ehesten zu: ${options}?`,
			topicAgain: 'Worum geht es, in wenigen Worten?',
			text: (label) => `Was können Sie mir dazu sagen: ${label}?`,
			textAgain: (first) => `Ein paar Worte genügen. ${first}`,
		},
		contact: 'Wie kann das Team Sie erreichen? Eine E-Mail-Adresse oder Telefonnummer genügt.',
		oneLastThing: 'Eine letzte Frage noch.',
		open: 'Was kann das Team für Sie tun?',
		confirmEmail: (email) => `Meinten Sie ${email}?`,
		toBeSure: 'Vielen Dank, nur zur Sicherheit:',
		emailKept: {
			changed: 'Danke, ich habe diese Adresse notiert.',
			kept: 'Gut, dann bleibt es bei Ihrer Angabe.',
		},
		closing: {
			thanks: (to) => (to ? `Vielen Dank, ${to}.` : 'Vielen Dank.'),
			summary: (request, contact) =>
				`Ich habe ${request ? `Ihr Anliegen („${request}“)` : 'alles'} notiert${contact ? `; das Team kann Sie unter ${contact} erreichen` : ''}.`,
			followUp: (when) => `Jemand aus unserem Team meldet sich${when ? ` ${when}` : ''} bei Ihnen.`,
			followUpOnContact: (when) =>
				`Hinterlassen Sie hier eine E-Mail-Adresse oder Telefonnummer, dann meldet sich${when ? ` ${when}` : ''} jemand aus unserem Team bei Ihnen.`,
			soon: 'so bald wie möglich',
		},
		afterClosing: {
			skipped: 'In Ordnung. Sie können hier jederzeit wieder schreiben.',
			hello:
				'Hallo noch einmal. Ihre Nachricht liegt dem Team vor; Sie können sie gern noch ergänzen.',
			remarks: [
				'Danke, ich habe das für das Team ergänzt.',
				'Ist notiert. Auch das bekommt das Team zu sehen.',
				'Vielen Dank, ich habe das Ihrer Nachricht hinzugefügt.',
			],
			contactRequest: 'Mit einer E-Mail-Adresse oder Telefonnummer kann das Team Sie erreichen.',
			farewells: (to) => [
				`Gern geschehen${to ? `, ${to}` : ''}. Einen schönen Tag noch!`,
				`Alles klar${to ? `, ${to}` : ''}. Schreiben Sie gern jederzeit wieder.`,
				`Sehr gern${to ? `, ${to}` : ''}. Bis bald!`,
			],
			changes: {
				name: (value) => `Ihren Namen (${value})`,
				email: (value) => `Ihre E-Mail-Adresse (${value})`,
				phone: (value) => `Ihre Telefonnummer (${value})`,
			},
			noted: (changes) => `Vielen Dank, ich habe ${changes} notiert.`,
		},
		handoff: {
			called: 'Gern, ich hole jemanden aus unserem Team dazu.',
			away: 'Gern, ich gebe unserem Team Bescheid.',
			missed: 'Leider ist gerade niemand frei.',
			reachable: (contact) => `Das Team meldet sich unter ${contact} bei Ihnen.`,
		},
		quickReplies: { skip: 'Überspringen', yes: 'Ja', no: 'Nein' },
	},
	siteDefaults: {
		'What would you like help with?': 'Womit können wir Ihnen helfen?',
		'When would you like to start?': 'Wann möchten Sie beginnen?',
		'What is your name?': 'Wie ist Ihr Name?',
		'Which email address can the team reach you at?':
			'Unter welcher E-Mail-Adresse kann das Team Sie erreichen?',
		'Would you like to add a phone number, in case a call is easier?':
			'Möchten Sie auch eine Telefonnummer angeben, falls ein Anruf einfacher ist?',
		'As soon as possible': 'So bald wie möglich',
		'In the next 3 months': 'In den nächsten 3 Monaten',
		Later: 'Später',
		'Just looking': 'Ich informiere mich nur',
		Project: 'Projekt',
		Timeline: 'Zeitrahmen',
		Name: 'Name',
		Email: 'E-Mail',
		Phone: 'Telefon',
		'within 24 hours': 'innerhalb von 24 Stunden',
	},
	adverbial:
		/^(?:innerhalb|binnen|in|bis|vor|noch|so bald|so schnell|bald|demnächst|umgehend|schnellstmöglich|zeitnah|heute|morgen|am|spätestens)(?!\p{L})/iu,
	vocabulary: {
		greetings: 'hallo|moin|servus|tag|morgen|abend|gruezi|gruss gott',
		greetingFillers: 'guten|guter|schönen|gute|zusammen|liebes|team|nochmal|noch einmal|gott|grüss',
		courtesies:
			'ja|klar|gern|gerne|danke|bitte|vielen|dank|schön|prima|super|gut|alles|natürlich|passt|sehr|einverstanden|selbstverständlich|hier|ist|sie|das|mal',
		partings: 'danke|dankeschön|dank|tschüss|tschüs|ciao|wiedersehen|prima|super',
		yes: 'ja|jawohl|jep|richtig|genau|korrekt|stimmt|klar|gern|gerne|jo',
		no: 'nein|nö|nee|falsch|nicht',
		skips:
			'überspringen|weiter|nein|nö|nee|nein danke|lieber nicht|nicht jetzt|jetzt nicht|noch nicht|später|vielleicht später|keine|keins|keiner|keine angabe|keine ahnung|kein telefon|weiß nicht|weiß ich nicht|weiß ich noch nicht|ich weiß nicht|ich weiß es nicht|ich weiß es noch nicht|nicht sicher|möchte ich nicht|will ich nicht|das möchte ich nicht|egal',
		skipFillers: 'bitte|danke|vielen dank|sorry|leider',
		refusals:
			'(?:möchte|will|werde) (?:ich )?(?:[\\p{L}]+ ){0,4}?(?:nicht|kein|keine|keinen) (?:[\\p{L}]+ ){0,4}?(?:sagen|geben|angeben|nennen|verraten|mitteilen)|lieber nicht|ungern|geht sie nichts an|kein(?:e)? (?:telefon|telefonnummer|e mail|email)',
		questionOpenings:
			'wie (?:viel|lange|teuer|hoch|schnell|oft|funktioniert|läuft|heißt|kann)|was (?:kostet|kosten|ist|sind|macht|bedeutet|passiert|muss)|wann (?:kann|können|ist|sind|haben|rufen|melden)|warum|wieso|weshalb|wozu|wo (?:ist|sind|finde|sitzen)|wer (?:ist|sind|macht)|welche[rsnm]?|(?:können|haben|machen|bieten|sind|arbeiten|kommen) sie|kann ich|gibt es|ist das|ist es',
		asksWho:
			'(?:bist du|sind sie|ist das|ist hier|spreche ich|rede ich|schreibe ich|chatte ich) (?:[\\p{L}]+ ){0,5}?(?:bot|roboter|mensch|menschen|person|maschine|ki|computer|automat)|wer (?:bist du|sind sie)|ist (?:da |hier )?(?:jemand|wer)(?: da)?',
		asksWhy: '(?:(?:und|aber|ok) )*(?:warum|wieso|weshalb|wozu|wofür)',
		yesNoOpenings:
			'haben|hat|hast|sind|ist|bist|können|kann|dürfen|darf|möchten|wollen|gibt|brauchen|benötigen|besitzen|wünschen|soll|sollen|wohnen|gehört',
		wantsPerson:
			'mit (?:einem |einer |jemandem |jemand )?(?:echten |richtigen |realen )?(?:menschen|person|mitarbeiter|mitarbeiterin|berater|beraterin|kollegen|kollegin|personal|kundenservice|kundendienst|support)(?: aus [\\p{L} ]+?)? (?:sprechen|reden|chatten|schreiben|verbinden|verbunden)|mit jemand(?:em|en)? (?:sprechen|reden)|(?:jemand(?:en|em)?|menschen|mitarbeiter|berater) (?:persönlich )?sprechen|(?:einen|ein) (?:echten |richtigen )(?:menschen|mitarbeiter|ansprechpartner)|sondern (?:mit )?(?:einem|einer|einen) (?:echten )?(?:menschen|mitarbeiter|person)|(?:verbinden sie mich|sprechen|reden) (?:bitte )?mit (?:einem |einer )?(?:echten )?(?:menschen|mitarbeiter|mitarbeiterin|person|berater|beraterin)',
		onlyPerson:
			'ich (?:will|brauche|möchte) (?:jetzt )?einen menschen|(?:(?:ein|einen|einem|mit einem|mit einer|eine) )?(?:(?:echter|echten|richtiger|richtigen|echte) )?(?:mensch|menschen|person|mitarbeiter|mitarbeiterin|berater|beraterin|ansprechpartner|ansprechpartnerin|kundenservice|kundendienst)',
		nameIntroductions: 'ich heiße|ich heisse|mein (?:voller )?name(?: ist| lautet|:)|heiße',
		weakIntroductions: 'ich bin(?: der| die)?|hier ist|hier spricht|hier schreibt',
		notNames:
			'ich|mir|mich|du|sie|wir|uns|ihr|ihnen|mein|meine|meinen|meinem|unser|unsere|der|das|dem|ein|eine|einen|einem|einer|kein|keine|keinen|ist|sind|bin|war|waren|habe|haben|hat|hätte|brauche|brauchen|benötige|möchte|möchten|suche|suchen|und|oder|aber|mit|für|auf|bei|nach|aus|nicht|nein|ja|danke|bitte|gern|gerne|wie|wann|wo|wer|warum|welche|neu|neue|neues|neuen|dach|haus|wohnung|preis|preise|kosten|angebot|anfrage|frage|hilfe|später|vielleicht|keiner|niemand|egal|überspringen|weiter|hier|da|sehr|gut|nur|noch|schon|auch|dringend|bald|heute|morgen|woche|monat|jahr|geht|nichts|interessiert|interesse|telefon|telefonnummer|nummer|projekt|firma|mitarbeiter|mensch|guten|hallo|heiße|name|weiß|warten|wird',
		honorifics: 'herr|frau|doktor|dipl|ing|mag',
		contactFillers:
			'meine|mein|die|das|ist|lautet|mail|adresse|e mail|nummer|telefonnummer|handynummer|handy|telefon|mobil|unter|erreichbar|erreichen|sie|mich|mir|schreiben|rufen|an|bin|ich|am|besten|bitte|gern|gerne|und|oder|auf|hier|ja|nein|statt|stattdessen|doch|noch|auch|richtig|entschuldigung',
		phoneWords:
			'telefon|telefonnummer|handynummer|handy|mobil|anrufen|anruf|ruf|rufen|erreichbar|tel',
		corrections: 'eigentlich|ich meinte|korrektur|stattdessen|doch lieber|richtig ist|muss heißen',
		ordinals: [
			'erste[rsn]?',
			'zweite[rsn]?',
			'dritte[rsn]?',
			'vierte[rsn]?',
			'fünfte[rsn]?',
			'sechste[rsn]?',
		],
		last: 'letzte[rsn]?',
		articles:
			'der|die|das|den|dem|ein|eine|in|im|so|wie|ich|mich|wir|nur|und|oder|zu|zum|option|antwort',
		numbers: 'null|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf',
		thousand: 'tausend|tsd',
		million: 'million|millionen|mio',
		asksFor: {
			name: 'ihr(?:en)? (?:vollständige[nr]? )?name[n]?|dein(?:en)? name[n]?|wie heißen sie|wie heißt du|ansprechen',
			email: 'e ?mail|mailadresse|e ?mail ?adresse',
			phone: 'telefon|telefonnummer|handynummer|rufnummer|anrufen',
		},
		frequent:
			'ich|wir|sie|mein|meine|unser|unsere|der|das|dem|den|ein|eine|einen|ist|sind|bin|habe|haben|brauche|brauchen|möchte|suche|können|kann|wie|was|wann|warum|und|oder|für|mit|von|auf|nicht|auch|bitte|danke|hallo|guten|neues|neue|uns|zu|im',
	},
};
