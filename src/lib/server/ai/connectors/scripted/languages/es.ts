import type { ScriptLanguage } from './language.ts';

export const es: ScriptLanguage = {
	code: 'es',
	locale: 'es',
	usesFirstNames: true,
	phrases: {
		greeting: (to, place) =>
			`Hola${to ? `, ${to}` : ''}. Soy el asistente ${place ? `de ${place}` : 'de este chat'}.`,
		offer: 'Con unas pocas preguntas, la persona adecuada de nuestro equipo podrá ayudarle.',
		takingOver: 'Gracias por su paciencia.',
		hello: { first: 'Gracias por escribirnos.', again: 'Hola de nuevo.' },
		niceToMeet: (to) => `Mucho gusto, ${to}.`,
		corrected: (to) => `Gracias, ${to}, ya lo he corregido.`,
		thanks: {
			topic: 'Gracias, eso nos ayuda.',
			choice: ['Es bueno saberlo.', 'Gracias, tomo nota.'],
			other: ['Muchas gracias.', 'Entendido.', 'Perfecto, gracias.', 'Queda anotado.'],
		},
		great: 'Perfecto.',
		noProblem: ['No hay problema.', 'Está bien.', 'De acuerdo, lo dejamos así.'],
		leftOpen: ['No hay problema, podemos dejarlo pendiente.', 'Lo dejamos pendiente por ahora.'],
		hints: {
			name: 'Disculpe, no he entendido su nombre.',
			email: 'No he encontrado ningún correo electrónico en su mensaje.',
			emailIncomplete: 'Parece que el correo electrónico no está completo.',
			phone: 'No he encontrado ningún número de teléfono en su mensaje.',
			phoneIncomplete: 'Parece que el número de teléfono no está completo.',
			number: 'No he encontrado ningún número en su mensaje.',
			choice: 'No estoy seguro de a cuál se refiere.',
			text: 'Tómese su tiempo.',
		},
		reasons: {
			contact: 'sin ese dato el equipo no puede ponerse en contacto con usted',
			name: 'al equipo le gustaría saber con quién habla',
			email: 'el equipo necesita una dirección para responderle',
			phone: 'una breve llamada suele ser la forma más rápida de ayudarle',
			choice: 'nos ayuda a encontrar a la persona adecuada para usted',
			other: 'ayuda al equipo a preparar una respuesta útil',
		},
		because: (reason) => `Se lo pregunto porque ${reason}.`,
		onlyBecause: (reason) => `Lo entiendo. Solo se lo pregunto porque ${reason}.`,
		who: 'Soy un asistente automático, y una persona de nuestro equipo lee lo que usted escribe aquí.',
		referral: [
			'Buena pregunta. Es mejor que se la responda nuestro equipo.',
			'El equipo le responderá a eso cuando se ponga en contacto con usted.',
			'No puedo responder a eso, así que se lo paso al equipo.',
		],
		prompts: {
			name: ['¿Cómo se llama?', '¿Con qué nombre puede dirigirse a usted el equipo?'],
			email: [
				'¿En qué correo electrónico puede contactarle el equipo?',
				'¿A qué correo electrónico puede escribirle el equipo? Por ejemplo: nombre@example.com',
			],
			phone: [
				'¿A qué número de teléfono puede llamarle el equipo?',
				'¿A qué número puede llamarle el equipo? Por ejemplo: +34 612 34 56 78',
			],
			company: '¿De qué empresa nos escribe?',
			number: (label) => `${label}: ¿qué cifra aproximada sería?`,
			numberAgain: (first) => `Basta con una cifra aproximada, por ejemplo 25. ${first}`,
			choice: (label) => `${label}: ¿cuál de estas opciones se ajusta mejor?`,
			choiceAgain: (options) => `¿Cuál de estas opciones se acerca más: ${options}?`,
			topicAgain: 'En pocas palabras, ¿de qué se trata?',
			text: (label) => `¿Qué puede decirnos sobre esto: ${label}?`,
			textAgain: (first) => `Bastan unas pocas palabras. ${first}`,
		},
		contact:
			'¿Cómo puede contactarle el equipo? Basta con un correo electrónico o un número de teléfono.',
		oneLastThing: 'Una última cosa.',
		open: '¿Qué puede hacer el equipo por usted?',
		confirmEmail: (email) => `¿Quiso decir ${email}?`,
		toBeSure: 'Gracias, solo para asegurarme.',
		emailKept: {
			changed: 'Gracias, he anotado esa dirección.',
			kept: 'De acuerdo, dejo la dirección como está.',
		},
		closing: {
			thanks: (to) => (to ? `Muchas gracias, ${to}.` : 'Muchas gracias.'),
			summary: (request, contact) =>
				request
					? `He anotado su solicitud («${request}»)${contact ? ` y su contacto (${contact})` : ''}.`
					: `He anotado todo${contact ? `, incluido su contacto (${contact})` : ''}.`,
			followUp: (when) =>
				`Alguien de nuestro equipo se pondrá en contacto con usted${when ? ` ${when}` : ''}.`,
			followUpOnContact: (when) =>
				`Deje aquí un correo electrónico o un número de teléfono y alguien de nuestro equipo se pondrá en contacto con usted${when ? ` ${when}` : ''}.`,
			soon: 'lo antes posible',
		},
		afterClosing: {
			skipped: 'De acuerdo. Puede escribirnos aquí cuando quiera.',
			hello: 'Hola de nuevo. El equipo ya tiene su mensaje; puede añadir lo que quiera.',
			remarks: [
				'Gracias, lo he añadido para el equipo.',
				'Anotado. El equipo también lo verá.',
				'Muchas gracias, lo he añadido a su mensaje.',
			],
			contactRequest:
				'Con un correo electrónico o un número de teléfono, el equipo podrá contactarle.',
			farewells: (to) => [
				`De nada${to ? `, ${to}` : ''}. Que tenga un buen día.`,
				`Perfecto${to ? `, ${to}` : ''}. Escríbanos cuando quiera.`,
				`Ha sido un placer${to ? `, ${to}` : ''}. Hasta pronto.`,
			],
			changes: {
				name: (value) => `su nombre (${value})`,
				email: (value) => `su correo electrónico (${value})`,
				phone: (value) => `su número de teléfono (${value})`,
			},
			noted: (changes) => `Muchas gracias, he anotado ${changes}.`,
		},
		handoff: {
			called: 'Por supuesto, aviso a alguien de nuestro equipo para que le atienda.',
			away: 'Por supuesto, se lo comunico a nuestro equipo.',
			missed: 'Lo siento, ahora mismo no hay nadie disponible.',
			reachable: (contact) => `El equipo se pondrá en contacto con usted (${contact}).`,
		},
		quickReplies: { skip: 'Omitir', yes: 'Sí', no: 'No' },
	},
	siteDefaults: {
		'What would you like help with?': '¿En qué podemos ayudarle?',
		'When would you like to start?': '¿Cuándo le gustaría empezar?',
		'What is your name?': '¿Cómo se llama?',
		'Which email address can the team reach you at?':
			'¿En qué correo electrónico puede contactarle el equipo?',
		'Would you like to add a phone number, in case a call is easier?':
			'¿Quiere añadir un número de teléfono, por si es más fácil llamarle?',
		'As soon as possible': 'Lo antes posible',
		'In the next 3 months': 'En los próximos 3 meses',
		Later: 'Más adelante',
		'Just looking': 'Solo estoy mirando',
		Project: 'Proyecto',
		Timeline: 'Plazo',
		Name: 'Nombre',
		Email: 'Correo electrónico',
		Phone: 'Teléfono',
		'within 24 hours': 'en un plazo de 24 horas',
	},
	adverbial:
		/^(?:en|dentro|antes|lo antes|lo más pronto|cuanto antes|pronto|hoy|mañana|a más tardar|a la mayor|durante)(?!\p{L})/iu,
	vocabulary: {
		greetings: 'hola|buenas|buenos|saludos',
		greetingFillers: 'días|tardes|noches|día|a|todos|equipo|de|nuevo|otra|vez',
		courtesies:
			'sí|si|claro|gracias|por|favor|supuesto|vale|de|acuerdo|muy|bien|perfecto|genial|muchas|aquí|está|tiene|con|gusto|bueno|ok',
		partings: 'gracias|adiós|adios|perfecto|genial|chao|hasta luego|estupendo',
		yes: 'sí|si|claro|correcto|exacto|vale|cierto|efectivamente',
		no: 'no|incorrecto',
		skips:
			'omitir|saltar|pasar|paso|no|no gracias|prefiero no|prefiero no decirlo|ahora no|todavía no|aún no|más tarde|luego|después|quizás más tarde|ninguno|ninguna|nada|no tengo|no lo tengo|no sé|no lo sé|no lo sé todavía|aún no lo sé|no estoy seguro|no estoy segura|ni idea|siguiente',
		skipFillers: 'por favor|gracias|muchas gracias|perdón|lo siento',
		refusals:
			'prefiero no|(?:no quiero|no deseo|no voy a) (?:[\\p{L}]+ ){0,3}?(?:dar|darlo|darle|decir|decirlo|compartir|responder)|no me gusta dar|no le importa|sin teléfono',
		questionOpenings:
			'(?:cuánto|cuánta|cuántos|cuándo|dónde|cuál|cuáles|quién|quiénes|por qué) (?:[\\p{L}]+)|cómo (?:funciona|puedo|se|es)|qué (?:precio|cuesta|es|incluye|pasa|necesito)|(?:pueden|puede|tienen|hacen|ofrecen|trabajan|son) ustedes|es posible|hay (?:alguna?|alguien)',
		asksWho:
			'(?:eres|es usted|estoy hablando con|hablo con|es esto) (?:[\\p{L}]+ ){0,4}?(?:bot|robot|humano|humana|persona|máquina|ia)|quién (?:eres|es usted)|hay alguien(?: ahí| aquí)?',
		asksWhy: '(?:(?:y|pero) )*(?:por qué|para qué)',
		yesNoOpenings:
			'tiene|tienes|es|está|ha|han|puede|podría|quiere|desea|le gustaría|necesita|vive|existe|hay|dispone',
		wantsPerson:
			'(?:hablar|conversar|chatear|comunicarme|contactar|comuníqueme|páseme|pásame) (?:con|a) (?:[\\p{L}]+ ){0,2}?(?:persona|humano|humana|agente|asesor|asesora|operador|operadora|representante|empleado|alguien)|(?:quiero|necesito|prefiero) (?:una persona|un humano|un agente humano|a alguien real|que me atienda una persona)',
		onlyPerson:
			'(?:(?:un|una|con un|con una) )?(?:persona(?: real| humana| de verdad)?|humano|agente(?: humano)?|asesor|asesora|operador|operadora|representante)',
		nameIntroductions: 'me llamo|mi nombre(?: completo)? es|mi nombre:|nombre:',
		weakIntroductions: 'soy|yo soy|habla|le habla',
		notNames:
			'yo|me|tú|usted|nosotros|nuestro|nuestra|los|las|un|una|unos|es|está|soy|estoy|tengo|tenemos|quiero|quiere|queremos|quisiera|necesito|necesitamos|busco|buscamos|gustaría|pero|con|para|por|en|no|sí|gracias|favor|claro|cómo|como|cuándo|cuánto|cuanto|cuesta|dónde|qué|que|quién|nuevo|techo|tejado|casa|precio|presupuesto|pregunta|ayuda|después|luego|quizás|nadie|ninguno|omitir|aquí|muy|bien|también|urgente|pronto|hoy|mañana|semana|mes|meses|año|teléfono|número|proyecto|empresa|hola|buenas|buenos|vale|prefiero|sé|persona|humano|nombre|interesado|interesada|llamo|correo|todavía|esperar',
		honorifics: 'señor|señora|señorita|sr|sra|srta|don|doña|doctor|doctora|ing|lic',
		contactFillers:
			'mi|el|la|es|correo|electrónico|dirección|teléfono|móvil|celular|número|puede|pueden|escribirme|llamarme|contactarme|a|al|en|o|y|aquí|está|por|favor|mejor|sí|si|no|perdón|quise|decir|de|también|gracias|me|claro',
		phoneWords: 'teléfono|móvil|celular|llámeme|llámenme|llamarme|llamar|llamada|tel|whatsapp',
		corrections: 'en realidad|quise decir|quería decir|corrección|me equivoqué|mejor dicho',
		ordinals: ['primer[oa]?', 'segund[oa]', 'tercer[oa]?', 'cuart[oa]', 'quint[oa]', 'sext[oa]'],
		last: 'últim[oa]',
		articles: 'el|la|los|las|lo|un|una|de|del|en|a|y|o|por|para|opción|estoy|solo|mi',
		numbers: 'cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce',
		thousand: 'mil',
		million: 'millón|millones',
		asksFor: {
			name: 'su nombre|tu nombre|cómo se llama|cómo te llamas|con quién (?:hablo|tengo el gusto)',
			email: 'correo|e ?mail',
			phone: 'teléfono|móvil|celular|número (?:de contacto|al que)|llamarle',
		},
		frequent:
			'yo|el|los|las|una|y|mi|es|está|tengo|tenemos|quiero|quisiera|necesito|necesitamos|busco|con|para|por|en|muy|pero|cómo|cuánto|cuándo|dónde|gracias|hola|buenos|buenas|hablar|nuevo|nueva|nuestro|nuestra|usted|ustedes|del|al|un',
	},
};
