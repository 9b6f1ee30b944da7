import type { ScriptLanguage } from './language.ts';

export const pt: ScriptLanguage = {
	code: 'pt',
	locale: 'pt-BR',
	usesFirstNames: true,
	phrases: {
		greeting: (to, place) =>
			`Olá${to ? `, ${to}` : ''}! Sou o assistente ${place ? `de ${place}` : 'deste chat'}.`,
		offer: 'Com algumas perguntas rápidas, a pessoa certa da nossa equipe poderá ajudar você.',
		takingOver: 'Obrigado pela paciência.',
		hello: { first: 'Que bom ter você aqui.', again: 'Olá de novo.' },
		niceToMeet: (to) => `Muito prazer, ${to}.`,
		corrected: (to) => `Obrigado, ${to}, já corrigi.`,
		thanks: {
			topic: 'Obrigado, isso ajuda.',
			choice: ['Bom saber.', 'Obrigado, anotado.'],
			other: ['Muito obrigado.', 'Entendi.', 'Ótimo, obrigado.', 'Anotado.'],
		},
		great: 'Ótimo.',
		noProblem: ['Sem problema.', 'Tudo bem.', 'Certo, vamos deixar isso de fora.'],
		leftOpen: [
			'Sem problema, podemos deixar isso em aberto.',
			'Vamos deixar isso em aberto por enquanto.',
		],
		hints: {
			name: 'Desculpe, não entendi o seu nome.',
			email: 'Não encontrei um endereço de e-mail na sua mensagem.',
			emailIncomplete: 'Esse endereço de e-mail parece incompleto.',
			phone: 'Não encontrei um número de telefone na sua mensagem.',
			phoneIncomplete: 'Esse número de telefone parece incompleto.',
			number: 'Não encontrei um número na sua mensagem.',
			choice: 'Não tenho certeza de qual opção você quis dizer.',
			text: 'Fique à vontade para responder com calma.',
		},
		reasons: {
			contact: 'sem isso a equipe não consegue entrar em contato com você',
			name: 'a equipe gostaria de saber com quem está falando',
			email: 'a equipe precisa de um endereço para responder a você',
			phone: 'uma ligação rápida costuma ser a forma mais fácil de ajudar',
			choice: 'isso nos ajuda a encontrar a pessoa certa para atender você',
			other: 'isso ajuda a equipe a preparar uma resposta útil',
		},
		because: (reason) => `Pergunto porque ${reason}.`,
		onlyBecause: (reason) => `Entendo. Só pergunto porque ${reason}.`,
		who: 'Sou um assistente automático, e uma pessoa da nossa equipe lê o que você escreve aqui.',
		referral: [
			'Boa pergunta. É melhor que a nossa equipe responda.',
			'A equipe vai responder isso quando entrar em contato com você.',
			'Não consigo responder isso, então vou repassar para a equipe.',
		],
		prompts: {
			name: ['Qual é o seu nome?', 'Por qual nome a equipe pode chamar você?'],
			email: [
				'Em qual e-mail a equipe pode falar com você?',
				'Para qual e-mail a equipe pode escrever? Por exemplo: nome@example.com',
			],
			phone: [
				'Para qual telefone a equipe pode ligar?',
				'Para qual número a equipe pode ligar? Por exemplo: +55 11 91234-5678',
			],
			company: 'De qual empresa você é?',
			number: (label) => `${label}: qual seria o número aproximado?`,
			numberAgain: (first) => `Um número aproximado já basta, por exemplo 25. ${first}`,
			choice: (label) => `${label}: qual destas opções combina melhor?`,
			choiceAgain: (options) => `Qual destas opções chega mais perto: ${options}?`,
			topicAgain: 'Em poucas palavras, do que se trata?',
			text: (label) => `O que você pode nos contar sobre isto: ${label}?`,
			textAgain: (first) => `Poucas palavras já bastam. ${first}`,
		},
		contact: 'Como a equipe pode falar com você? Um e-mail ou um número de telefone já basta.',
		oneLastThing: 'Uma última coisa.',
		open: 'O que a equipe pode fazer por você?',
		confirmEmail: (email) => `Você quis dizer ${email}?`,
		toBeSure: 'Obrigado, só para ter certeza.',
		emailKept: { changed: 'Obrigado, anotei esse endereço.', kept: 'Certo, vou deixar como está.' },
		closing: {
			thanks: (to) => (to ? `Muito obrigado, ${to}.` : 'Muito obrigado.'),
			summary: (request, contact) =>
				request
					? `Anotei a sua solicitação (“${request}”)${contact ? ` e o seu contato (${contact})` : ''}.`
					: `Anotei tudo${contact ? `, incluindo o seu contato (${contact})` : ''}.`,
			followUp: (when) =>
				`Alguém da nossa equipe entrará em contato com você${when ? ` ${when}` : ''}.`,
			followUpOnContact: (when) =>
				`Deixe aqui um e-mail ou um número de telefone, e alguém da nossa equipe entrará em contato com você${when ? ` ${when}` : ''}.`,
			soon: 'o mais rápido possível',
		},
		afterClosing: {
			skipped: 'Certo. Você pode escrever aqui quando quiser.',
			hello: 'Olá de novo. A equipe já tem a sua mensagem; acrescente o que quiser.',
			remarks: [
				'Obrigado, acrescentei isso para a equipe.',
				'Anotado. A equipe também vai ver isso.',
				'Muito obrigado, acrescentei isso à sua mensagem.',
			],
			contactRequest: 'Com um e-mail ou um número de telefone, a equipe consegue falar com você.',
			farewells: (to) => [
				`De nada${to ? `, ${to}` : ''}. Tenha um ótimo dia.`,
				`Tudo certo${to ? `, ${to}` : ''}. Escreva aqui quando quiser.`,
				`Foi um prazer ajudar${to ? `, ${to}` : ''}. Até breve.`,
			],
			changes: {
				name: (value) => `o seu nome (${value})`,
				email: (value) => `o seu e-mail (${value})`,
				phone: (value) => `o seu telefone (${value})`,
			},
			noted: (changes) => `Muito obrigado, anotei ${changes}.`,
		},
		handoff: {
			called: 'Claro, vou chamar alguém da nossa equipe para atender você.',
			away: 'Claro, vou avisar a nossa equipe.',
			missed: 'Desculpe, não há ninguém disponível no momento.',
			reachable: (contact) => `A equipe entrará em contato com você (${contact}).`,
		},
		quickReplies: { skip: 'Pular', yes: 'Sim', no: 'Não' },
	},
	siteDefaults: {
		'What would you like help with?': 'Como podemos ajudar?',
		'When would you like to start?': 'Quando você gostaria de começar?',
		'What is your name?': 'Qual é o seu nome?',
		'Which email address can the team reach you at?':
			'Em qual e-mail a equipe pode falar com você?',
		'Would you like to add a phone number, in case a call is easier?':
			'Quer acrescentar um telefone, caso seja mais fácil ligar?',
		'As soon as possible': 'O mais rápido possível',
		'In the next 3 months': 'Nos próximos 3 meses',
		Later: 'Mais tarde',
		'Just looking': 'Só estou pesquisando',
		Project: 'Projeto',
		Timeline: 'Prazo',
		Name: 'Nome',
		Email: 'E-mail',
		Phone: 'Telefone',
		'within 24 hours': 'em até 24 horas',
	},
	adverbial:
		/^(?:em|dentro|até|antes|o mais|o quanto antes|assim que|logo|em breve|hoje|amanhã|no prazo|nas próximas)(?!\p{L})/iu,
	vocabulary: {
		greetings: 'olá|oi|bom dia|boa tarde|boa noite|opa|e aí',
		greetingFillers: 'bom|boa|dia|tarde|noite|a|todos|pessoal|equipe|de|novo|tudo|bem',
		courtesies:
			'sim|claro|obrigado|obrigada|muito|por|favor|certo|tudo|bem|perfeito|ótimo|beleza|combinado|com|certeza|pode|ser|aqui|está|ok',
		partings: 'obrigado|obrigada|valeu|tchau|até logo|até mais|perfeito|ótimo|abraço',
		yes: 'sim|claro|isso|certo|correto|exato|exatamente|pode|aham',
		no: 'não|errado|incorreto',
		skips:
			'pular|passar|não|não obrigado|não obrigada|prefiro não|prefiro não dizer|prefiro não informar|agora não|ainda não|mais tarde|depois|talvez depois|nenhum|nenhuma|nada|não tenho|não sei|não sei ainda|ainda não sei|não tenho certeza|sei lá|próxima|próximo',
		skipFillers: 'por favor|obrigado|obrigada|desculpe|desculpa',
		refusals:
			'prefiro não|(?:não quero|não gostaria de|não vou) (?:[\\p{L}]+ ){0,3}?(?:dar|dizer|informar|passar|compartilhar|responder)|não é da sua conta|sem telefone',
		questionOpenings:
			'(?:quanto|quantos|quantas|quando|onde|qual|quais|quem|por que) (?:[\\p{L}]+)|como (?:funciona|faço|posso|é)|o que (?:é|inclui|preciso)|(?:vocês|você) (?:têm|tem|fazem|faz|podem|pode|trabalham|atendem|oferecem)|é possível|tem (?:como|alguém)',
		asksWho:
			'(?:você é|vocês são|estou falando com|eu falo com|isso é|isto é) (?:[\\p{L}]+ ){0,4}?(?:bot|robô|humano|humana|pessoa|máquina|ia)|quem (?:é você|está falando)|tem alguém (?:aí|aqui)',
		asksWhy: '(?:(?:e|mas) )*(?:por que|por quê|para que|pra que)',
		yesNoOpenings:
			'tem|você tem|é|você é|está|pode|você pode|quer|gostaria|você gostaria|precisa|mora|existe|há|possui|você quer',
		wantsPerson:
			'(?:falar|conversar|me transfira|me transfere|me passa|me passe) (?:com|para|pra) (?:[\\p{L}]+ ){0,2}?(?:pessoa|humano|humana|atendente|alguém|consultor|consultora|vendedor|vendedora|funcionário|agente|operador|representante)|(?:quero|preciso de|prefiro) (?:uma pessoa|um humano|um atendente|uma atendente|atendimento humano)',
		onlyPerson:
			'(?:(?:um|uma|com um|com uma) )?(?:humano|pessoa(?: real| de verdade)?|atendente(?: humano)?|atendimento humano|consultor|consultora|operador|operadora)',
		nameIntroductions: 'meu nome(?: completo)? é|me chamo|eu me chamo|chamo-me|nome:',
		weakIntroductions: '(?:eu )?sou(?: o| a)?|aqui é(?: o| a)?|aqui quem fala é(?: o| a)?',
		notNames:
			'eu|meu|minha|nós|nosso|nossa|você|vocês|um|uma|os|as|é|são|sou|estou|tenho|temos|quero|queremos|preciso|precisamos|procuro|gostaria|com|para|por|em|não|sim|obrigado|obrigada|favor|claro|como|quando|quanto|custa|onde|que|quem|novo|telhado|casa|preço|orçamento|pergunta|ajuda|depois|talvez|ninguém|nenhum|pular|aqui|muito|bem|também|urgente|logo|hoje|amanhã|semana|mês|meses|ano|telefone|número|projeto|empresa|olá|oi|certo|prefiro|sei|pessoa|humano|atendente|nome|interessado|interessada|chamo|tudo|ainda|esperar|bom|boa|tarde',
		honorifics: 'senhor|senhora|sr|sra|doutor|doutora|dra',
		contactFillers:
			'meu|minha|o|a|é|e mail|email|endereço|telefone|celular|número|pode|podem|me|escrever|ligar|falar|chamar|no|na|em|ou|e|aqui|está|por|favor|melhor|sim|não|desculpe|quis|dizer|de|também|obrigado|obrigada|claro|pelo',
		phoneWords: 'telefone|celular|ligar|ligue|ligação|whatsapp|zap|tel',
		corrections: 'na verdade|quis dizer|queria dizer|correção|me enganei|melhor dizendo',
		ordinals: ['primeir[oa]', 'segund[oa]', 'terceir[oa]', 'quart[oa]', 'quint[oa]', 'sext[oa]'],
		last: 'últim[oa]',
		articles: 'o|a|os|as|um|uma|de|do|da|no|na|nos|em|e|ou|por|para|opção|estou|só|meu',
		numbers: 'zero|um|dois|três|quatro|cinco|seis|sete|oito|nove|dez|onze|doze',
		thousand: 'mil',
		million: 'milhão|milhões',
		asksFor: {
			name: 'seu nome|como (?:você )?se chama|com quem (?:eu )?(?:falo|estou falando)|posso te chamar',
			email: 'e ?mail',
			phone: 'telefone|celular|whatsapp|número para',
		},
		frequent:
			'eu|o|os|uma|um|e|meu|minha|é|tenho|temos|quero|gostaria|preciso|precisamos|procuro|com|para|não|em|no|na|muito|mas|quanto|quando|onde|obrigado|obrigada|olá|oi|bom|falar|novo|nova|nosso|nossa|você|vocês|do|da|ao|uns',
	},
};
