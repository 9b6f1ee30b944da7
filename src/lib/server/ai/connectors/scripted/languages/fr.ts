import type { ScriptLanguage } from './language.ts';

export const fr: ScriptLanguage = {
	code: 'fr',
	locale: 'fr',
	usesFirstNames: true,
	phrases: {
		greeting: (to, place) =>
			`Bonjour${to ? ` ${to}` : ''}, je suis l’assistant ${place ? `de ${place}` : 'de ce chat'}.`,
		offer: 'Quelques questions rapides, et la bonne personne de notre équipe pourra vous aider.',
		takingOver: 'Merci de votre patience.',
		hello: { first: 'Ravi de vous accueillir.', again: 'Rebonjour.' },
		niceToMeet: (to) => `Enchanté, ${to}.`,
		corrected: (to) => `Merci, ${to}, c’est corrigé.`,
		thanks: {
			topic: 'Merci, cela nous aide.',
			choice: ['C’est bon à savoir.', 'Merci, c’est noté.'],
			other: ['Merci.', 'Très bien.', 'Parfait, merci.', 'C’est noté.'],
		},
		great: 'Parfait.',
		noProblem: ['Pas de problème.', 'Très bien, comme vous voulez.', 'D’accord, passons.'],
		leftOpen: [
			'Pas de problème, nous pouvons laisser ce point ouvert.',
			'Laissons ce point de côté pour l’instant.',
		],
		hints: {
			name: 'Pardon, je n’ai pas saisi votre nom.',
			email: 'Je n’ai pas trouvé d’adresse e-mail dans votre message.',
			emailIncomplete: 'Cette adresse e-mail semble incomplète.',
			phone: 'Je n’ai pas trouvé de numéro de téléphone dans votre message.',
			phoneIncomplete: 'Ce numéro de téléphone semble incomplet.',
			number: 'Je n’ai pas trouvé de nombre dans votre message.',
			choice: 'Je ne suis pas sûr d’avoir compris votre choix.',
			text: 'Prenez votre temps.',
		},
		reasons: {
			contact: 'sans cela, l’équipe ne peut pas vous recontacter',
			name: 'l’équipe aimerait savoir à qui elle s’adresse',
			email: 'l’équipe a besoin d’une adresse pour vous répondre',
			phone: 'un court appel est souvent le moyen le plus rapide de vous aider',
			choice: 'cela nous aide à trouver la bonne personne pour vous',
			other: 'cela aide l’équipe à préparer une réponse utile',
		},
		because: (reason) => `Je pose la question, car ${reason}.`,
		onlyBecause: (reason) => `Je comprends. Je pose la question uniquement car ${reason}.`,
		who: 'Je suis un assistant automatique, et une personne de notre équipe lit ce que vous écrivez ici.',
		referral: [
			'Bonne question. Je laisse l’équipe vous répondre précisément.',
			'L’équipe vous répondra sur ce point lorsqu’elle vous contactera.',
			'Je ne peux pas y répondre moi-même, je transmets donc à l’équipe.',
		],
		prompts: {
			name: ['Quel est votre nom ?', 'Sous quel nom l’équipe peut-elle s’adresser à vous ?'],
			email: [
				'À quelle adresse e-mail l’équipe peut-elle vous joindre ?',
				'À quelle adresse e-mail l’équipe peut-elle vous écrire ? Par exemple : nom@example.com',
			],
			phone: [
				'À quel numéro de téléphone l’équipe peut-elle vous appeler ?',
				'Quel numéro l’équipe peut-elle appeler ? Par exemple : +33 1 99 00 12 34',
			],
			company: 'Pour quelle entreprise nous écrivez-vous ?',
			number: (label) => `${label} : quel serait le nombre approximatif ?`,
			numberAgain: (first) => `Un nombre approximatif suffit, par exemple 25. ${first}`,
			choice: (label) => `${label} : laquelle de ces réponses convient le mieux ?`,
			choiceAgain: (options) => `Laquelle de ces réponses s’en rapproche le plus : ${options} ?`,
			topicAgain: 'En quelques mots, de quoi s’agit-il ?',
			text: (label) => `Que pouvez-vous nous dire à ce sujet : ${label} ?`,
			textAgain: (first) => `Quelques mots suffisent. ${first}`,
		},
		contact:
			'Comment l’équipe peut-elle vous joindre ? Une adresse e-mail ou un numéro de téléphone suffit.',
		oneLastThing: 'Une dernière chose.',
		open: 'Que peut faire l’équipe pour vous ?',
		confirmEmail: (email) => `Vouliez-vous dire ${email} ?`,
		toBeSure: 'Merci, juste pour être sûr.',
		emailKept: {
			changed: 'Merci, j’ai noté cette adresse.',
			kept: 'D’accord, je la laisse telle quelle.',
		},
		closing: {
			thanks: (to) => (to ? `Merci, ${to}.` : 'Merci.'),
			summary: (request, contact) =>
				request
					? `J’ai noté votre demande (« ${request} »)${contact ? ` et vos coordonnées (${contact})` : ''}.`
					: `J’ai tout noté${contact ? `, y compris vos coordonnées (${contact})` : ''}.`,
			followUp: (when) =>
				`Une personne de notre équipe vous recontactera${when ? ` ${when}` : ''}.`,
			followUpOnContact: (when) =>
				`Laissez ici une adresse e-mail ou un numéro de téléphone, et une personne de notre équipe vous recontactera${when ? ` ${when}` : ''}.`,
			soon: 'dès que possible',
		},
		afterClosing: {
			skipped: 'Très bien. Vous pouvez écrire ici à tout moment.',
			hello:
				'Rebonjour. L’équipe a bien reçu votre message ; vous pouvez ajouter ce que vous voulez.',
			remarks: [
				'Merci, je l’ai ajouté pour l’équipe.',
				'C’est noté. L’équipe le verra aussi.',
				'Merci, je l’ai ajouté à votre message.',
			],
			contactRequest:
				'Avec une adresse e-mail ou un numéro de téléphone, l’équipe pourra vous joindre.',
			farewells: (to) => [
				`Je vous en prie${to ? `, ${to}` : ''}. Bonne journée.`,
				`Avec plaisir${to ? `, ${to}` : ''}. Écrivez ici quand vous voulez.`,
				`C’est bien normal${to ? `, ${to}` : ''}. À bientôt.`,
			],
			changes: {
				name: (value) => `votre nom (${value})`,
				email: (value) => `votre adresse e-mail (${value})`,
				phone: (value) => `votre numéro de téléphone (${value})`,
			},
			noted: (changes) => `Merci, j’ai noté ${changes}.`,
		},
		handoff: {
			called: 'Bien sûr, je vous mets en relation avec une personne de notre équipe.',
			away: 'Bien sûr, je préviens notre équipe.',
			missed: 'Désolé, personne n’est disponible pour le moment.',
			reachable: (contact) => `L’équipe vous recontactera (${contact}).`,
		},
		quickReplies: { skip: 'Passer', yes: 'Oui', no: 'Non' },
	},
	siteDefaults: {
		'What would you like help with?': 'Comment pouvons-nous vous aider ?',
		'When would you like to start?': 'Quand souhaitez-vous commencer ?',
		'What is your name?': 'Quel est votre nom ?',
		'Which email address can the team reach you at?':
			'À quelle adresse e-mail l’équipe peut-elle vous joindre ?',
		'Would you like to add a phone number, in case a call is easier?':
			'Souhaitez-vous ajouter un numéro de téléphone, si un appel est plus simple ?',
		'As soon as possible': 'Dès que possible',
		'In the next 3 months': 'Dans les 3 prochains mois',
		Later: 'Plus tard',
		'Just looking': 'Je me renseigne seulement',
		Project: 'Projet',
		Timeline: 'Délai',
		Name: 'Nom',
		Email: 'E-mail',
		Phone: 'Téléphone',
		'within 24 hours': 'sous 24 heures',
	},
	adverbial:
		/^(?:sous|dans|d’ici|d'ici|avant|dès|au plus|bientôt|rapidement|prochainement|aujourd|demain|très|en moins)(?!\p{L})/iu,
	vocabulary: {
		greetings: 'bonjour|bonsoir|salut|coucou|rebonjour',
		greetingFillers: "à|tous|toutes|l'équipe|madame|monsieur|encore|bonne|journée",
		courtesies:
			"oui|merci|beaucoup|bien|sûr|d'accord|s'il|vous|plaît|parfait|super|très|volontiers|avec|plaisir|entendu|voici|voilà|ok|ça|marche",
		partings: 'merci|au revoir|revoir|parfait|salut|ciao|super|bientôt|bonne journée',
		yes: "oui|ouais|exact|exactement|correct|d'accord|volontiers",
		no: 'non|pas|faux',
		skips:
			"passer|je passe|suivant|non|non merci|plus tard|peut être plus tard|pas maintenant|pas encore|aucun|aucune|rien|je préfère pas|je préfère ne pas le dire|je préfère ne pas répondre|je n'en ai pas|j'en ai pas|je ne sais pas|je ne sais pas encore|je sais pas|sais pas|pas sûr|pas sûre|aucune idée",
		skipFillers: "s'il vous plaît|svp|merci|désolé|désolée|pardon",
		refusals:
			"(?:préfère|préférerais|aimerais|souhaite|veux|voudrais) (?:autant )?(?:ne )?pas (?:[\\p{L}']+ ){0,3}?(?:dire|donner|communiquer|répondre|partager)|plutôt pas|ne vous regarde pas|pas de téléphone",
		questionOpenings:
			"combien|pourquoi|quand (?:est|pouvez|allez|serez)|où (?:est|êtes|se)|qui êtes|quel(?:le)?s? (?:est|sont)|est ce (?:que|qu'[\\p{L}]+)|comment (?:ça|puis|faire|fonctionne|se)|qu'est ce|(?:avez|pouvez|faites|proposez|travaillez|êtes) vous|y a t il",
		asksWho:
			"(?:êtes vous|es tu|vous êtes|tu es|est ce que je parle à|je parle à|parle je à|suis je) (?:[\\p{L}']+ ){0,4}?(?:bot|robot|humain|humaine|personne|machine|ia)|qui êtes vous|il y a quelqu'un|y a t il quelqu'un",
		asksWhy: '(?:(?:et|mais) )*(?:pourquoi|pour quoi faire)',
		yesNoOpenings:
			'avez vous|êtes vous|est ce|pouvez vous|souhaitez vous|voulez vous|disposez vous|possédez vous|y a t il|faut il|habitez vous',
		wantsPerson:
			"(?:parler|discuter|échanger|mettez moi en contact|mettez moi en relation|passez moi) (?:avec |à )?(?:[\\p{L}']+ ){0,2}?(?:personne|humain|humaine|quelqu'un|conseiller|conseillère|agent|employé|employée|opérateur|opératrice|collaborateur|vendeur)|(?:veux|voudrais|souhaite|préfère) (?:un humain|une vraie personne|un conseiller|une conseillère)",
		onlyPerson:
			'(?:(?:un|une|à un|à une|avec un|avec une) )?(?:(?:vrai|vraie) )?(?:humain|être humain|conseiller|conseillère|personne (?:réelle|humaine)|agent(?: humain)?|opérateur|opératrice|vraie personne|une personne)',
		nameIntroductions: "je m'appelle|mon nom(?: complet)? est|mon nom c'est|nom ?:|moi,? c'est",
		weakIntroductions: "je suis|c'est|ici",
		notNames:
			"je|j'ai|moi|vous|nous|notre|nos|votre|mon|ma|mes|les|des|un|une|est|sont|suis|avons|avez|voudrais|veux|souhaite|cherche|cherchons|besoin|avec|pour|dans|sur|pas|non|oui|merci|s'il|plaît|comment|quand|où|combien|pourquoi|quoi|quel|quelle|nouveau|nouvelle|neuf|toit|toiture|maison|prix|devis|aide|plus|tard|peut-être|rien|personne|aucun|passer|ici|très|bien|aussi|seulement|bientôt|aujourd'hui|demain|semaine|mois|année|téléphone|numéro|projet|entreprise|bonjour|bonsoir|salut|d'accord|préfère|sais|ne|conseiller|humain|nom|intéressé|intéressée|coûte|m'appelle|encore|attendre",
		honorifics: 'monsieur|madame|mademoiselle|mme|mlle|docteur|maître',
		contactFillers:
			"mon|ma|le|la|est|e mail|email|adresse|courriel|numéro|téléphone|portable|vous|pouvez|m'écrire|me|joindre|m'appeler|appeler|à|au|ou|et|par|ici|voici|c'est|oui|non|plutôt|s'il|plaît|merci|mieux|pardon|je|voulais|dire|de|aussi",
		phoneWords: "téléphone|portable|m'appeler|appelez|appeler|appel|tél|joindre",
		corrections: 'en fait|je voulais dire|correction|plutôt|je me suis trompé|je me suis trompée',
		ordinals: [
			'premi(?:er|ère)',
			'deuxième|second|seconde',
			'troisième',
			'quatrième',
			'cinquième',
			'sixième',
		],
		last: 'derni(?:er|ère)',
		articles: 'le|la|les|un|une|de|des|du|en|à|dans|et|ou|je|me|que|option|réponse|choix',
		numbers: 'zéro|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze',
		thousand: 'mille',
		million: 'million|millions',
		asksFor: {
			name: "votre (?:nom|prénom)|ton (?:nom|prénom)|vous appelez|t'appelles",
			email: 'e ?mail|courriel|mail',
			phone: 'téléphone|portable|numéro (?:pour|auquel)',
		},
		frequent:
			"je|j'ai|nous|vous|le|les|des|une|et|est|suis|mon|ma|notre|votre|avons|voudrais|veux|cherche|besoin|avec|pour|dans|pas|sur|comment|combien|quand|merci|bonjour|du|nouveau|nouvelle|parler|c'est|un|d'un|d'une|en",
	},
};
