import type { ScriptLanguage } from './language.ts';

export const en: ScriptLanguage = {
	code: 'en',
	// British lists have no comma before "or".
	locale: 'en-GB',
	usesFirstNames: true,
	phrases: {
		greeting: (to, place) =>
			`Hi${to ? ` ${to}` : ''}, I’m the assistant ${place ? `at ${place}` : 'here'}.`,
		offer: 'A few quick questions, and the right person on our team can help you.',
		takingOver: 'Thanks for your patience.',
		hello: { first: 'Nice to have you here.', again: 'Hello again.' },
		niceToMeet: (to) => `Nice to meet you, ${to}.`,
		corrected: (to) => `Thank you, ${to}, I’ve corrected that.`,
		thanks: {
			topic: 'Thanks, that helps.',
			choice: ['Good to know.', 'Thanks, noted.'],
			other: ['Thank you.', 'Got it.', 'Great, thanks.', 'Noted.'],
		},
		great: 'Great.',
		noProblem: ['No problem.', 'That’s fine.', 'All right, we’ll leave that out.'],
		leftOpen: ['No problem, we can leave that open.', 'Let’s leave that for now.'],
		hints: {
			name: 'Sorry, I didn’t catch your name.',
			email: 'I didn’t find an email address in that.',
			emailIncomplete: 'That doesn’t look like a complete email address.',
			phone: 'I didn’t find a phone number in that.',
			phoneIncomplete: 'That doesn’t look like a complete phone number.',
			number: 'I didn’t find a number in that.',
			choice: 'I’m not sure which one you mean.',
			text: 'Take your time.',
		},
		reasons: {
			contact: 'without it the team can’t get back to you',
			name: 'the team would like to know who they are talking to',
			email: 'the team needs an address to send you an answer',
			phone: 'a short call is often the quickest way to help',
			choice: 'it helps us find the right person for you',
			other: 'it helps the team prepare a useful answer',
		},
		because: (reason) => `I ask because ${reason}.`,
		onlyBecause: (reason) => `I understand. I only ask because ${reason}.`,
		who: 'I’m an automated assistant, and a person from our team reads what you write here.',
		referral: [
			'Good question. I’ll leave that one for the team to answer properly.',
			'Our team will answer that when they get in touch.',
			'I can’t answer that myself, so I’m passing it on to the team.',
		],
		prompts: {
			name: ['What is your name?', 'What name may the team use for you?'],
			email: [
				'Which email address can the team reach you at?',
				'Which email address should the team write to? For example: name@example.com',
			],
			phone: [
				'Which phone number can the team call?',
				'Which number should the team call? For example: +1 202 555 0143',
			],
			company: 'Which company are you with?',
			number: (label) => `Roughly, as a number: ${label}?`,
			numberAgain: (first) => `A rough number is enough, for example 25. ${first}`,
			choice: (label) => `${label}: which of these fits best?`,
			choiceAgain: (options) => `Which of these comes closest: ${options}?`,
			topicAgain: 'In a few words, what is it about?',
			text: (label) => `Could you tell me about this: ${label}?`,
			textAgain: (first) => `A few words are enough. ${first}`,
		},
		contact: 'How can the team reach you? An email address or a phone number is enough.',
		oneLastThing: 'One last thing.',
		open: 'What can the team do for you?',
		confirmEmail: (email) => `Did you mean ${email}?`,
		toBeSure: 'Thank you, just to be sure.',
		emailKept: {
			changed: 'Thanks, I’ve noted that one.',
			kept: 'All right, I’ll keep it as it is.',
		},
		closing: {
			thanks: (to) => (to ? `Thank you, ${to}.` : 'Thank you.'),
			summary: (request, contact) =>
				`I’ve noted ${request ? `your request (“${request}”)` : 'everything'}${contact ? ` and that the team can reach you at ${contact}` : ''}.`,
			followUp: (when) => `Someone from our team will get back to you${when ? ` ${when}` : ''}.`,
			followUpOnContact: (when) =>
				`Leave an email address or a phone number here, and someone from our team will get back to you${when ? ` ${when}` : ''}.`,
			soon: 'as soon as possible',
		},
		afterClosing: {
			skipped: 'All right. You can write here any time.',
			hello: 'Hello again. The team has your message; add anything you like.',
			remarks: [
				'Thanks, I’ve added that for the team.',
				'Noted. The team will see this too.',
				'Thank you, I’ve added that to your message.',
			],
			contactRequest: 'An email address or phone number would help them reach you.',
			farewells: (to) => [
				`You’re welcome${to ? `, ${to}` : ''}. Have a good day.`,
				`All good${to ? `, ${to}` : ''}. Write here any time.`,
				`Happy to help${to ? `, ${to}` : ''}. Talk soon.`,
			],
			changes: {
				name: (value) => `your name as ${value}`,
				email: (value) => `your email address as ${value}`,
				phone: (value) => `your phone number as ${value}`,
			},
			noted: (changes) => `Thank you, I’ve noted ${changes}.`,
		},
		handoff: {
			called: 'Of course, I’m getting someone from our team for you.',
			away: 'Of course, I’ll let our team know.',
			missed: 'Sorry that no one is free right now.',
			reachable: (contact) => `The team will get back to you at ${contact}.`,
		},
		quickReplies: { skip: 'Skip', yes: 'Yes', no: 'No' },
	},
	siteDefaults: {},
	adverbial: /^(?:with?in|in|by|before|until|as soon|soon|shortly|today|tomorrow|the )\b/i,
	vocabulary: {
		greetings: 'hi|hii|hiii|hello|hey|heya|hiya|howdy|yo|greetings|morning|afternoon|evening|hallo',
		greetingFillers: 'good|there|all|team|everyone|everybody|folks|guys|again|day|you',
		courtesies:
			'ok|okay|k|kk|sure|yes|yeah|yep|yup|please|thanks|thank|you|thx|ty|cheers|great|cool|perfect|nice|fine|well|alright|right|certainly|absolutely|so|of|course|no|problem|gladly|here|it|is|go|goes',
		partings: 'thanks|thank|thx|ty|cheers|bye|goodbye|perfect|great|awesome|wonderful',
		yes: 'yes|yeah|yep|yup|ya|correct|right|exactly|sure|ok|okay|true|indeed',
		no: 'no|nope|nah|not|wrong',
		skips:
			"skip|skip it|skip this|skip that|pass|no|nope|nah|none|nothing|later|maybe later|not now|not yet|not really|no need|next|n a|no i don't|no i do not|i'd rather not|i would rather not|rather not|no comment|don't have one|i don't have one|do not have one|i don't|anonymous|not sure|not sure yet|i'm not sure|unsure|i don't know|i don't know yet|don't know|dont know|no idea|idk",
		skipFillers: 'please|thanks|thank you|sorry|thx',
		refusals:
			"rather not|prefer not|(?:don't|dont|do not|won't|will not) (?:want|wish|like|care|have to)? ?(?:to )?(?:say|share|tell|give|answer|provide|be called)|not comfortable|none of your|no phone|no e ?mail|(?:skip|pass on) (?:this|that|it|the)",
		questionOpenings:
			"how|what|what's|why|when|where|who|who's|which|whose|(?:can|could|do|does|did|are|is|will|would|should|may) (?:you|i|we|it|this|that|there|they|your|the|someone|somebody)",
		asksWho:
			"(?:are you|is this|am i|(?:talking|speaking|chatting) (?:to|with)) (?:[\\p{L}']+ ){0,4}?(?:bot|robot|human|person|machine|ai|chatgpt|automated)|who are you|is (?:anyone|anybody|someone|somebody) (?:there|here)",
		asksWhy: '(?:(?:and|but|ok|sorry) )*(?:why|what for|what do you need)',
		yesNoOpenings: 'do|does|did|are|is|was|were|have|has|had|can|could|will|would|should|may',
		wantsPerson:
			"(?:talk|speak|chat|transfer(?: me)?|connect(?: me)?|put me through) (?:to|with) (?:[\\p{L}']+ ){0,3}?(?:human|person|people|agent|representative|rep|advisor|adviser|operator|employee|colleague|someone|somebody|staff|support)|(?:want|need|get me|give me|prefer|like) (?:a|an|some) (?:real |live |actual )?(?:human|real person|live agent|human agent)(?: being)?|human please",
		onlyPerson:
			'(?:a )?(?:(?:real|live|actual) )?(?:human|person|human being|human agent|live agent|agent|operator|representative|live chat|live person|customer service)|i (?:need|want) (?:a person|someone)(?: now| here)?',
		nameIntroductions:
			"my (?:full |first )?name(?:'s| is|:)|(?:the |full |first )?name(?:'s| is| ?[:=])",
		weakIntroductions: "i am|i'm|im|this is|it is|it's|its|call me|here is|here's",
		notNames:
			"i|me|mine|we|us|your|it|this|that|these|those|a|the|is|am|are|was|were|be|been|need|needs|want|wants|would|wouldn't|like|looking|have|has|had|having|does|did|can't|could|should|to|with|about|and|or|but|of|at|from|by|not|no|nope|nah|yes|yeah|yep|ok|okay|sure|thanks|thank|please|hello|hi|hey|help|what|what's|why|how|when|where|who|which|because|just|really|interested|website|new|project|price|prices|pricing|cost|quote|repair|call|email|mail|e-mail|phone|number|name|none|nothing|nobody|idk|skip|later|pass|maybe|here|there|good|fine|great|well|asap|soon|urgent|business|anonymous|some|any|if|then|now|today|tomorrow|next|month|months|week|weeks|day|days|year|years|don't|dont|won't|cannot|it's|i'm|i'd|i'll|im|you're|information|info|question|test123|also|actually|sorry|happy|glad|sad|busy|ready|back|only|one|two|three|home|house|roof|currently|german|french|english|american|british|spanish|italian|dutch|stupid|spam|bot|robot|human|monday|tuesday|wednesday|thursday|friday|saturday|sunday|morning|evening",
		honorifics: 'mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam',
		contactFillers:
			"my|mine|the|a|an|e|email|mail|address|is|it|its|s|phone|telephone|number|tel|mobile|cell|cellphone|whatsapp|handy|call|text|me|at|on|or|and|you|can|could|reach|write|to|under|via|here|actually|please|best|contact|sorry|no|not|yes|sure|use|new|correct|right|i|i'm|it's|here's|meant|mean|instead|of|be|should|also|just|ok|okay|want|rather|by|with|hi|hello|thanks|asap|anytime",
		phoneWords: 'phone|call|tel|telephone|mobile|cell|cellphone|whatsapp|sms|ring|handy|reach me',
		corrections: 'actually|i meant|i mean|correction|change (?:it|that|my)|instead',
		ordinals: ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'],
		last: 'last',
		articles: 'a|an|the|in|as|of|to|for|at|on|i|we|my|m|it|is|and|or|would|like|one|option|choice',
		numbers: 'zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve',
		thousand: 'k|thousand',
		million: 'm|million',
		asksFor: {
			name: 'your (?:full |first )?name|name please|(?:call|address) you|who am i (?:speaking|talking|chatting)',
			email: 'e ?mail',
			phone: 'phone|(?:call|reach) you on|number (?:can|should|may) we',
		},
		frequent:
			"i|you|we|my|your|our|the|a|an|is|are|am|was|have|has|need|want|would|like|looking|can|could|how|what|when|why|and|or|for|to|of|with|this|that|it|i'm|don't|please|thanks|hello|new",
	},
};
