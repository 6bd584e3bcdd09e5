/** Written by `npm run client` from the description of the API. */

export interface paths {
    "/classify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Classify texts */
        post: operations["classify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell what is in service */
        get: operations["describeModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Text: string;
        Pair: {
            text: components["schemas"]["Text"];
            text_pair: components["schemas"]["Text"];
        };
        Texts: components["schemas"]["Text"][];
        Pairs: components["schemas"]["Pair"][];
        ClassifyRequest: {
            /** @description What to classify: texts, or pairs of them where the model reads pairs. */
            inputs: components["schemas"]["Text"] | components["schemas"]["Pair"] | components["schemas"]["Texts"] | components["schemas"]["Pairs"];
            /** @default {} */
            parameters?: {
                /** @description How many labels are named; without it all, or of several labels a text those that apply. */
                top_k?: number;
                /**
                 * @description What makes scores of logits; `none` gives the logits. Without it, the one of the model.
                 * @enum {string}
                 */
                function_to_apply?: "softmax" | "sigmoid" | "none";
                /**
                 * @description What becomes of a text that is longer than the model takes. Without it, as in training.
                 * @enum {string}
                 */
                overflow?: "truncate" | "error" | "window";
                /** @description Inputs whose best score is below are told in the header X-Uncertain-Inputs. */
                min_score?: number;
            };
        };
        Classifications: {
            label: string;
            score: number;
        }[][];
        Model: {
            /** @description As in X-Model-Version: the folder models/VERSION… of the artifacts bucket has the artifact. */
            version: string | null;
            /** @description In the order of their ids. */
            labels: string[];
            /** @description Whether it classifies pairs of texts. */
            text_pair: boolean;
            /** @description Whether a text may have several labels, or none. */
            several_labels: boolean;
            /** @description On the whole test split of its data. */
            metrics: {
                [key: string]: number;
            };
            /** @description ISO 8601. */
            trained_at: string | null;
            /** @description When it had passed its smoke test, in ISO 8601; null while it has not yet. */
            deployed_at: string | null;
        };
        Error: {
            /** @description One sentence: what is wrong, and what to do. */
            error: string;
            /** @enum {string} */
            error_type: "BadRequest" | "PayloadTooLarge" | "UnsupportedMediaType" | "Validation" | "ModelError" | "Overloaded" | "Internal" | "Unavailable" | "Timeout" | "Forbidden" | "NotFound";
        };
    };
    responses: {
        /** @description The body is missing, is not JSON, or has no inputs. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description There is no API key, or a wrong one. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description More than 256 kB, more than 256 inputs, or an answer of more than 6 MB. */
        PayloadTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The content type is not JSON. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Well-formed, but a field is wrong, or the model in service does not accept it. */
        Validation: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The model failed. */
        ModelError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Too many requests; Retry-After says how many seconds to wait. */
        Overloaded: {
            headers: {
                /** @description In seconds. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Something failed on our side. */
        Internal: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description No model is in service yet, or it cannot be reached; Retry-After says how many seconds to wait. */
        Unavailable: {
            headers: {
                /** @description In seconds. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The model took too long. */
        Timeout: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description Of the model that answered. */
        "X-Model-Version": string;
        /** @description The inputs that were longer than the model takes and were cut, from 0. */
        "X-Truncated-Inputs": string;
        /** @description The inputs whose best score is below min_score, from 0. */
        "X-Uncertain-Inputs": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    classify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClassifyRequest"];
            };
        };
        responses: {
            /** @description One list of labels and scores for each input, the highest first. */
            200: {
                headers: {
                    "X-Model-Version": components["headers"]["X-Model-Version"];
                    "X-Truncated-Inputs": components["headers"]["X-Truncated-Inputs"];
                    "X-Uncertain-Inputs": components["headers"]["X-Uncertain-Inputs"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Classifications"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Validation"];
            424: components["responses"]["ModelError"];
            429: components["responses"]["Overloaded"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Timeout"];
        };
    };
    describeModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model that would classify now. */
            200: {
                headers: {
                    "X-Model-Version": components["headers"]["X-Model-Version"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Validation"];
            424: components["responses"]["ModelError"];
            429: components["responses"]["Overloaded"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Timeout"];
        };
    };
}
