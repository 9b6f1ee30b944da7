import type { WidgetLanguage } from '#lib/contract/greeting.ts';

interface DefaultTexts {
	/** The translation of the header text that new sites have. */
	header_text: string;
	/** The translation of the disclosure that the dashboard proposes. */
	ai_disclosure: string;
	/** The assistant's name, unless the site sets one. */
	assistant: string;
	/** The text of the greeting bubble if the AI writes the greeting, which is unknown before the chat starts. */
	greeting: (name: string | null) => string;
	/** Labels of the bubble's close button and of the launcher's count of unread messages. */
	close: string;
	unread: string;
}

/** Sites that store exactly these texts get their translations. Changing them requires a migration of the stored texts. */
export const DEFAULT_HEADER_TEXT = 'Get in touch with us to discuss your project';
const DEFAULT_AI_DISCLOSURE = 'You are chatting with an AI assistant.';

/** Texts for the visitors of a site that doesn't set its own, in the widget's languages. */
export const DEFAULT_TEXTS: Record<WidgetLanguage, DefaultTexts> = {
	en: {
		header_text: DEFAULT_HEADER_TEXT,
		ai_disclosure: DEFAULT_AI_DISCLOSURE,
		assistant: 'Assistant',
		greeting: (name) => `Hi!${name ? ` I’m ${name}, the AI assistant.` : ''} How can I help?`,
		close: 'Close',
		unread: 'unread',
	},
	es: {
		header_text: 'Póngase en contacto con nosotros para hablar de su proyecto',
		ai_disclosure: 'Está chateando con un asistente de IA.',
		assistant: 'Asistente',
		greeting: (name) =>
			`¡Hola!${name ? ` Soy ${name}, el asistente de IA.` : ''} ¿En qué puedo ayudarle?`,
		close: 'Cerrar',
		unread: 'sin leer',
	},
	fr: {
		header_text: 'Contactez-nous pour parler de votre projet',
		ai_disclosure: 'Vous discutez avec un assistant IA.',
		assistant: 'Assistant',
		greeting: (name) =>
			`Bonjour !${name ? ` Je suis ${name}, l’assistant IA.` : ''} Comment puis-je vous aider ?`,
		close: 'Fermer',
		unread: 'non lus',
	},
	de: {
		header_text: 'Schreiben Sie uns, um Ihr Projekt zu besprechen',
		ai_disclosure: 'Sie chatten mit einem KI-Assistenten.',
		assistant: 'Assistent',
		greeting: (name) =>
			`Hallo!${name ? ` Ich bin ${name}, der KI-Assistent.` : ''} Wie kann ich Ihnen helfen?`,
		close: 'Schließen',
		unread: 'ungelesen',
	},
	pt: {
		header_text: 'Entre em contato para conversarmos sobre o seu projeto',
		ai_disclosure: 'Você está conversando com um assistente de IA.',
		assistant: 'Assistente',
		greeting: (name) =>
			`Olá!${name ? ` Sou ${name}, o assistente de IA.` : ''} Como posso ajudar você?`,
		close: 'Fechar',
		unread: 'não lidas',
	},
	ar: {
		header_text: 'تواصل معنا لمناقشة مشروعك',
		ai_disclosure: 'أنت تتحدث مع مساعد آلي يعمل بالذكاء الاصطناعي.',
		assistant: 'المساعد',
		greeting: (name) => `مرحبًا!${name ? ` أنا ${name}، المساعد الآلي.` : ''} كيف يمكنني مساعدتك؟`,
		close: 'إغلاق',
		unread: 'غير مقروءة',
	},
};

/** Returns the translation of a text that the site never changed, and other texts as they are. */
export function translateDefault(
	name: 'header_text' | 'ai_disclosure',
	text: string,
	language: WidgetLanguage,
): string {
	return text === DEFAULT_TEXTS.en[name] ? DEFAULT_TEXTS[language][name] : text;
}
