import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThoughtFilter, stripThoughts } from './thought-filter.ts';

const THOUGHT = 'The visitor wants a roof. I must say "within 24 hours".';
const REPLY = 'May I have your name?';

/** Returns the visible part of a text that arrives in these pieces. */
function filterThoughts(pieces: string[]): string {
	let visible = '';
	const filter = new ThoughtFilter({
		write: (text) => {
			visible += text;
		},
		retract: () => {
			visible = '';
		},
	});
	for (const piece of pieces) filter.push(piece);
	filter.end();
	return visible;
}

/** A thought in each format of models and of the servers in front of them, with a link to a report of it. */
const FORMATS: [string, string][] = [
	// https://github.com/n8n-io/n8n/issues/13149
	['<think>', `<think>\n${THOUGHT}\n</think>\n\n${REPLY}`],
	['an empty one', `<think>\n\n</think>\n\n${REPLY}`],
	['in upper case', `<THINK>${THOUGHT}</THINK>${REPLY}`],
	['with attributes', `<think duration="3.2s" id='1'>${THOUGHT}</think>${REPLY}`],
	// https://github.com/perplexityai/api-discussion/issues/177
	['only the closing tag', `${THOUGHT}\n</think>\n\n${REPLY}`],
	// https://github.com/skalesapp/skales/issues/166, https://github.com/kvcache-ai/ktransformers/issues/1820
	['a closing tag in a line', `${THOUGHT}</think>${REPLY}`],
	['<thinking>', `<thinking>${THOUGHT}</thinking>\n${REPLY}`],
	// https://github.com/tinyhumansai/openhuman/issues/6184, https://github.com/Chevey339/kelivo/issues/450
	['<thought>', `<thought>${THOUGHT}</thought>${REPLY}`],
	['<reasoning>', `<reasoning>${THOUGHT}</reasoning>\n${REPLY}`],
	['<reflection> in the middle', `May I have <reflection>${THOUGHT}</reflection>your name?`],
	// https://github.com/isaiah-harville/Primer/issues/109
	['[THINK]', `[THINK]${THOUGHT}[/THINK]${REPLY}`],
	['<mm:think>', `<mm:think>${THOUGHT}</mm:think>${REPLY}`],
	['<seed:think>', `<seed:think>${THOUGHT}</seed:think>${REPLY}`],
	// https://github.com/MoonshotAI/Kimi-VL/issues/45
	['◁think▷', `◁think▷${THOUGHT}◁/think▷${REPLY}`],
	// https://github.com/kekzl/imp/pull/768
	[
		'harmony',
		`<|channel|>analysis<|message|>${THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>${REPLY}<|return|>`,
	],
	// https://github.com/odysseus-dev/odysseus/issues/4522
	[
		'harmony with a call to a tool',
		`<|channel|>analysis<|message|>${THOUGHT}<|end|><|start|>assistant<|channel|>commentary to=functions.web_search ` +
			`<|constrain|>json<|message|>{"q":"roof"}<|call|><|start|>assistant<|channel|>final<|message|>${REPLY}`,
	],
	// https://github.com/Augustas11/macprovider/issues/743
	[
		'harmony’s call without its marks',
		`commentary to=functions.crm json{"a":1}assistantfinal${REPLY}`,
	],
	['harmony without its marks', `analysis${THOUGHT}assistantfinal${REPLY}`],
	['Gemma 4', `<|channel>thought\n${THOUGHT}<channel|>${REPLY}`],
	[
		'Cohere',
		`<|START_THINKING|>${THOUGHT}<|END_THINKING|><|START_RESPONSE|>${REPLY}<|END_RESPONSE|>`,
	],
	[
		'OpenThinker',
		`<|begin_of_thought|>${THOUGHT}<|end_of_thought|><|begin_of_solution|>${REPLY}<|end_of_solution|>`,
	],
	[
		'Open WebUI',
		`<details type="reasoning" done="true">\n<summary>Thought</summary>\n${THOUGHT}\n</details>\n${REPLY}`,
	],
	['escaped', `&lt;think&gt;${THOUGHT}&lt;/think&gt;${REPLY}`],
	// https://github.com/can1357/oh-my-pi/pull/8722
	['a fence', `\`\`\`thinking\n${THOUGHT}\n\`\`\`\n${REPLY}`],
	// https://github.com/MoonshotAI/Kimi-VL/issues/45
	['with an answer in tags', `<think>${THOUGHT}</think><answer>${REPLY}</answer>`],
	// https://github.com/Stack-Cairn/LiveAgent/issues/670
	['in another language', `<think>\n我们设鸡有x只。\n</think>\n\n${REPLY}`],
	// https://github.com/googleapis/python-genai/issues/2121
	['Gemini in words', `THOUGHT: ${THOUGHT}\nFinal Answer: ${REPLY}`],
	[
		'an agent that says its loop',
		`Thought: ${THOUGHT}\nAction: crm\nAction Input: {}\nFinal Answer: ${REPLY}`,
	],
	// https://github.com/Zoo-Code-Org/Zoo-Code/pull/324
	['one in another', `<think>outer<thought>inner</thought> middle</think>${REPLY}`],
	['its own tag in it', `<think>User asks about <think>these</think>tags...</think>${REPLY}`],
	[
		'its closing tag as code',
		`<thought>Target phrase: \`</thought>\`.\n${THOUGHT}</thought>${REPLY}`,
	],
	['another closing tag', `<think>${THOUGHT}</thinking>\n${REPLY}`],
	['two', `<think>a</think>May I <think>b</think>have your name?`],
	['a call to a tool', `<tool_call>\n{"name":"crm"}\n</tool_call>\n${REPLY}`],
	['DeepSeek', `<think>${THOUGHT}</think>${REPLY}<｜end▁of▁sentence｜>`],
	// https://github.com/n8n-io/n8n/blob/master/packages/%40n8n/nodes-langchain (what its AI Agent writes into its memory)
	[
		"n8n's memory of tools",
		`[Used tools: Tool: Think1, Input: {"a":["]"]}, Result: [{"response":"${THOUGHT} [x"}]; Tool: B, Input: {}, Result: []] ${REPLY}`,
	],
	// https://github.com/raullenchai/Rapid-MLX/pull/573, https://github.com/nosana-ci/pipeline-templates/pull/171
	['Qwen without its opening tag', `Thinking Process:\n\n1. ${THOUGHT}\n</think>\n\n${REPLY}`],
	// https://github.com/n8n-io/n8n/issues/21970
	['n8n’s log of a call', `Calling crm with input: {"name":"Ada"}\n\n${REPLY}`],
	['two of them', `Calling crm with input: {"q":"{"}\nCalling mail with input: {}\n${REPLY}`],
	['GLM’s call', `[tool_call:get_price(sizes=[1, 2])]\n${REPLY}`],
	['a call of the harmony format', `to=functions.save code {"name":"Ada"}\n${REPLY}`],
	['LangChain’s log of a call', `Invoking: \`crm\` with \`{"name":"Ada"}\`\n\n${REPLY}`],
	['a label in bold', `**Assistant:** ${REPLY}`],
	['another one', `Chatbot: ${REPLY}`],
	[
		'DeepSeek with a call',
		`<｜DSML｜function_calls>\n<｜DSML｜invoke name="crm">\n</｜DSML｜invoke>\n</｜DSML｜function_calls>${REPLY}`,
	],
	['Gemma with a call', `<|tool_call>call:crm{q:<|"|>roof<|"|>}<tool_call|>${REPLY}`],
	['Gemini CLI', `<ctrl94>thought\n${THOUGHT}<ctrl95>${REPLY}`],
	['Granite', `Here is my thought process: ${THOUGHT} Here is my response: ${REPLY}`],
	[
		'Apriel',
		`Here are my reasoning steps:\n${THOUGHT}\n[BEGIN FINAL RESPONSE]\n${REPLY}\n[END FINAL RESPONSE]`,
	],
	['Poe', `*Thinking...*\n\n> ${THOUGHT}\n\n${REPLY}`],
	['a conversational agent', `Thought: Do I need to use a tool? No\nAI: ${REPLY}`],
	['the label of a transcript', `AI: ${REPLY}`],
	[
		'harmony with a format',
		`<|start|>assistant<|channel|>final <|constrain|>json<|message|>${REPLY}`,
	],
	['harmony without a thought', `assistantfinal${REPLY}`],
	[
		'a folded thought',
		`<details>\n<summary>Thought for 3 seconds</summary>\n\n${THOUGHT}\n\n</details>\n\n${REPLY}`,
	],
	['a tag over two lines', `<think\n>${THOUGHT}</think\n>${REPLY}`],
	['Reka', `<reasoning>${THOUGHT}</reasoning>${REPLY}<sep>`],
	// https://github.com/vllm-project/vllm/pull/14886, https://github.com/ollama/ollama/issues/9437
	['Phi-4 with a call', `${REPLY}<|tool_call|>[{"name":"crm","arguments":{}}]<|/tool_call|>`],
	['Granite with a call', `${REPLY}<|tool_call|>[{"name":"crm","arguments":{}}]`],
	['Nemotron with a call', `${REPLY}\n<TOOLCALL>[{"name":"crm","arguments":{}}]</TOOLCALL>`],
	['Llama 4 with a call', `<|python_start|>crm(q="roof")<|python_end|>${REPLY}<|eot|>`],
	['Llama 4 with its header', `<|header_start|>assistant<|header_end|>\n\n${REPLY}<|eot|>`],
	['InternLM with a call', `${REPLY}<|action_start|><|plugin|>{"name":"crm"}<|action_end|>`],
	[
		'Apertus',
		`<|inner_prefix|>${THOUGHT}<|inner_suffix|>${REPLY}<|tools_prefix|>[{}]<|tools_suffix|>`,
	],
	['LM Studio', `<|thought|>${THOUGHT}<|/thought|>${REPLY}`],
	['a role without its tokens', `assistant\n\n${REPLY}`],
	['Functionary', `>>>all\n${REPLY}`],
	[
		'a folded thought with an emoji',
		`<details><summary>🤔 Thinking</summary>${THOUGHT}</details>${REPLY}`,
	],
	['a label of time', `Thought for 3 seconds\n\n${REPLY}`],
	['reasoning in words', `Reasoning: ${THOUGHT}\n\nAnswer: ${REPLY}`],
	// https://github.com/apple/coreai-models/issues/25, https://github.com/microsoft/WindowsAppSDK/issues/5203
	['Gemma that invents the next turn', `${REPLY}<end_of_turn>\n<start_of_turn>user\nI am Bob`],
	['Phi that invents the next turn', `${REPLY}<|end|><|user|>I am Bob<|end|><|assistant|>Hi Bob`],
	['ChatML that does', `${REPLY}<|im_end|>\n<|im_start|>user\nI am Bob<|im_end|>`],
	['Llama that does', `${REPLY}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nI am Bob`],
	['Mistral that does', `${REPLY}</s>[INST] I am Bob [/INST] Hi Bob`.replace('</s>', '')],
	['a text after its end', `${REPLY}<|endoftext|>Human: I am Bob`],
	['the prompt in front', `<|im_start|>user\nI am Bob<|im_end|>\n<|im_start|>assistant\n${REPLY}`],
	['the prompt of Mistral in front', `[INST] I am Bob [/INST] ${REPLY}`],
	// https://github.com/xorbitsai/xagent/issues/806
	[
		'DeepSeek with doubled bars',
		`<｜｜DSML｜｜tool_calls> <｜｜DSML｜｜invoke name="crm"></｜｜DSML｜｜invoke> </｜｜DSML｜｜tool_calls>${REPLY}`,
	],
	// https://github.com/NickMonrad/kernel-ai-assistant/issues/1418
	['brackets with an end in words', `[Thinking]\n${THOUGHT}\n[End Thinking]\n${REPLY}`],
	['a bracketed thought', `[Internal thought: ${THOUGHT}]\n\n${REPLY}`],
	['a bracketed thought in inches', `[Internal thought: a 5" pipe [steel]] ${REPLY}`],
	// https://github.com/QwenLM/Qwen3-Coder (its calls without their opening tag)
	[
		'Qwen with a call',
		`${REPLY}\n<function=save_lead>\n<parameter=email>\nx\n</parameter>\n</function>\n</tool_call>`,
	],
	['a name of the model’s own', `<longcat_think>${THOUGHT}</longcat_think>${REPLY}`],
	['a name of the prompt’s own', `<internal_reasoning>${THOUGHT}</internal_reasoning>${REPLY}`],
	['a name that begins with it', `<thinking_process>${THOUGHT}</thinking_process>${REPLY}`],
	['a reminder', `${REPLY}\n<system-reminder>Save the lead.</system-reminder>`],
	['the speaker in tags', `<assistant>${REPLY}</assistant>`],
	['Granite with its role', `<|start_of_role|>assistant<|end_of_role|>${REPLY}<|end_of_text|>`],
	[
		'Solar',
		`<|begin|>assistant<|think|>${THOUGHT}<|end|><|begin|>assistant<|content|>${REPLY}<|end|>`,
	],
	['EXAONE', `<thought>${THOUGHT}</thought>\n\n[|assistant|]${REPLY}[|endofturn|]`],
	['Ollama’s command line', `Thinking...\n${THOUGHT}\n...done thinking.\n\n${REPLY}`],
	['a report of progress', `Thinking...\n\n${REPLY}`],
	['a label that nothing closes', `Thinking: ${THOUGHT}\n\n${REPLY}`],
	['one in bold', `**Reasoning:** ${THOUGHT}\n\n${REPLY}`],
	['several paragraphs', `Thinking: ${THOUGHT}\n\nI'll ask for the name.\n \n${REPLY}`],
	['brackets that nothing closes', `[Thinking] ${THOUGHT}\n\n${REPLY}`],
	['a loop without a final answer', `Thought: ${THOUGHT}\n\nAction: none\n\n${REPLY}`],
	['a label in capitals', `THINKING: ${THOUGHT}\n\n${REPLY}`],
	['a quoted label', `> Thinking: ${THOUGHT}\n\n${REPLY}`],
	['a label after an emoji', `💭 **Thoughts:** ${THOUGHT}\n\n---\n\n${REPLY}`],
	['a label as a line', `**Thinking**\n${THOUGHT}\n\n${REPLY}`],
	['emphasis', `*Internal reasoning: ${THOUGHT}*\n\n${REPLY}`],
	['parentheses', `(Thinking: ${THOUGHT})\n\n${REPLY}`],
	['brackets around all of it', `[Thinking: ${THOUGHT}]\n\n${REPLY}`],
	['brackets with dots', `[Thinking...]\n${THOUGHT}\n\n${REPLY}`],
	['headings', `## Thinking\n${THOUGHT}\n\n## Response\n${REPLY}`],
	['a heading that nothing closes', `### Thought process:\n\n${THOUGHT}\n\n${REPLY}`],
	['a closed placeholder', `<your_thoughts>${THOUGHT}</your_thoughts>\n${REPLY}`],
	['a placeholder', `<your_thoughts>\n\n${REPLY}`],
	['labels in bold', `**Thinking:** ${THOUGHT}\n\n**Response:** ${REPLY}`],
	['ChatML', `<|im_start|>assistant\n<think>${THOUGHT}</think>\n${REPLY}<|im_end|>`],
];

/** The text between a reply's sentences in which a model calls a tool. */
const CALLS = [
	'<|channel|>commentary to=functions.save_lead <|constrain|>json<|message|>{"a":1}<|call|>',
	'<|channel|>commentary to=functions.save_lead {"a":1}',
	'commentary to=functions.save_lead json{"a":"}"}',
	'to=functions.save_lead code {"a":{}}',
	'assistantcommentary to=functions.crm json{"a":1}assistantfinal',
	'commentary to=functions.crm {}assistantanalysisDone, now ask.assistantfinal',
	'[Tool Call: save_lead({"name":["Ada"]})]',
	'[tool call: save_lead]',
	'[FUNCTION_CALL: save_lead]',
	'[save_lead(name="Ada [1]")]',
	'[Tool result: {"ok":true}]',
	'[Calling tool: save_lead]',
	'[TOOL_CALL]{"name":"crm"}[/TOOL_CALL]',
	'<|tool_calls_section_begin|><|tool_call_begin|>functions.crm:0<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>',
	'functions.save_lead:0<|tool_call_argument_begin|>{"a":1}<|tool_call_end|>',
	'functions.save_lead:0{"a":1}',
];

/** Texts that mention thoughts but contain none. */
const UNCHANGED = [
	'R1 writes `<think>` before its answer.',
	'Like this:\n```xml\n<think>draft</think>\n```\nand then the answer.',
	'Use the <think> tag, please.',
	'It stands between <think> and </think> tags.',
	'He calls it "<think>" or (</think>).',
	'5 < 6 && 7 > 3, a <b and <your name>',
	'[Prices](https://example.com)',
	'Think: we open at 9. [x] done',
	'`` a ` b `` and ` alone',
	'```\nnever closed <think>x</think>',
	'An analysis costs $50.',
	'Thought for food: we deliver.',
	'A thinking pause… [|x] [Thinker]',
	'<your_name> and <think_tank@example.com>',
	'assistant managers can help.',
	'Calling us is easy: dial 5. Calling after 9 with input: none.',
	'Bottles: 5. **Bots**: none.',
	'Reasonable prices, model homes.',
	'AI is our topic. [Used parts: none]',
	'Our functions. They go to=functions. See functions.php: {a} [Tools: none] [Tool]',
	'A commentary to this, assistant commentary, and functions.save is to=functions.save',
	'**Thinking** about roofs? > Thinking. (Thinking of you) [Thinking caps]',
	'[our_prices](https://example.com/a_(b)) and [a_b (c)]',
	'# Thinking ahead\n\nWe plan roofs.',
	'<details>\n<summary>Prices</summary>\n\n$5\n\n</details>',
];

describe('a thought', () => {
	it.each(FORMATS)('is removed: %s', (_, text) => {
		expect(stripThoughts(text).trim()).toBe(REPLY);
		expect(filterThoughts([...text]).trim()).toBe(REPLY);
	});

	it.each(CALLS)('is removed from the middle of a reply: %s', (call) => {
		const text = `One moment. ${call}${REPLY}`;
		expect(stripThoughts(text)).toBe(`One moment. ${REPLY}`);
		expect(filterThoughts([...text])).toBe(stripThoughts(text));
	});

	it.each([
		`Thinking: ${THOUGHT}`,
		`Thinking: ${THOUGHT}\n\nThe user`,
		`[Thinking] Greet.\n\n${THOUGHT}`,
		`<think>Greet.\n\n${REPLY}`,
		`<think>${THOUGHT}`,
		`<|channel|>analysis<|message|>${THOUGHT}`,
		`[THINK]${THOUGHT}`,
		`<thinking>${THOUGHT} </th`,
		`${THOUGHT}</think>`,
		`Thought: ${THOUGHT}\nAction: crm`,
		`THOUGHT: ${THOUGHT}`,
		'<|channel|>analysis',
	])('that never ends leaves no text: %s', (text) => {
		expect(stripThoughts(text).trim()).toBe('');
	});

	it.each(UNCHANGED)('is never found in a text that only mentions it: %s', (text) => {
		expect(stripThoughts(text)).toBe(text);
	});
});

const piece = fc.oneof(
	fc.constantFrom(
		...[
			'<think>',
			'</think>',
			'<THINKING>',
			'</thinking>',
			'[THINK]',
			'[/THINK]',
			'◁think▷',
			'`',
			'```',
			'\n',
			' ',
			'<|channel|>',
		],
		...[
			'analysis',
			'<|message|>',
			'final',
			'<|end|>',
			'<|start|>',
			'assistant',
			'Thought: ',
			'\nFinal Answer: ',
			'</',
			'<',
			'>',
			'"',
		],
		...[
			'&lt;think&gt;',
			'<tool_call>',
			'</tool_call>',
			' tag',
			' and ',
			'Hello',
			'[Used tools: ',
			']',
			'AI: ',
			'Thinking Process: ',
			'<summary>Thought</summary>',
			'<details>',
			'<ctrl94>',
			'<|tool_call>',
			'<answer>',
			'```thinking\n',
			'<details type="reasoning">',
		],
		...['<|im_start|>', 'user', '[INST]', '[/INST]', '<|endoftext|>', '<|tool_call|>', '<|user|>'],
		...[
			'assistant\n',
			'Thought for ',
			'Reasoning: ',
			'\nAnswer: ',
			'Calling a with input: {',
			'Invoking: `a` with `{',
			'**Bot:** ',
			'<start_of_turn>',
			'>>>all\n',
			'**Thinking:** ',
			'\n**Response:** ',
			'Thinking...\n',
			'...done thinking.',
			'[Thinking]',
			'[End Thinking]',
			'[|assistant|]',
			'commentary ',
			'to=functions.',
			'functions.',
			'a:0',
			'json{',
			'}',
			'[Tool Call: ',
			'[TOOL_CALL]',
			'## Thinking\n',
			'> Thinking: ',
			'💭 ',
			'(Thinking: ',
			'[Thinking: ',
			'[a_b(',
			'c=',
			'\n\n',
			'<your_thoughts>',
			'<｜｜DSML｜｜tool_calls>',
			'<|begin|>',
		],
	),
	fc.string({ maxLength: 8 }),
);
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));

describe('any text of a model', () => {
	it('is filtered alike however it is chunked', () => {
		fc.assert(
			fc.property(text, fc.array(fc.nat({ max: 12 }), { maxLength: 60 }), (whole, sizes) => {
				const pieces = [];
				let at = 0;
				for (const size of sizes) pieces.push(whole.slice(at, (at += size)));
				expect(filterThoughts([...pieces, whole.slice(at)])).toBe(stripThoughts(whole));
				expect(filterThoughts([...whole])).toBe(stripThoughts(whole));
			}),
			{ numRuns: 500 },
		);
	});

	it('shows nothing from within a thought', () => {
		const inside = fc.string({ maxLength: 40 }).filter((inner) => !inner.includes('SECRET'));
		const pair = fc.constantFrom(
			['<think>', '</think>'],
			['<reasoning>', '</reasoning>'],
			['[THINK]', '[/THINK]'],
			['◁think▷', '◁/think▷'],
			['<|channel|>analysis<|message|>', '<|end|>'],
		);
		fc.assert(
			fc.property(inside, inside, pair, (before, after, [open, close]) => {
				const hidden = `${open}${before}SECRET${after}`;
				expect(stripThoughts(`Hello.\n${hidden}\n${close}Bye`)).not.toContain('SECRET');
				expect(stripThoughts(`Hello.\n${hidden}`)).not.toContain('SECRET');
			}),
		);
	});
});
