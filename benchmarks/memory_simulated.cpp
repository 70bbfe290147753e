// llama.cpp with simulated GPUs: the allocation rules of the CUDA backend (ggml-cuda.cu of b11434), no memory behind them.
// Prints what each memory holds: model, context, compute. See benchmarks/memory_simulated.py.
#include "llama.h"
#include "ggml.h"
#include "ggml-backend.h"
#include "ggml-backend-impl.h"
#include "llama-ext.h"
#include <map>
#include <vector>
#include <string>
#include <cstring>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <iostream>
static bool g_fa = true; static int g_n = 1;
struct Ctx { int id; std::string name; };
static std::vector<ggml_backend_device> g_dev; static std::vector<ggml_backend_buffer_type> g_buft; static std::vector<Ctx*> g_ctx;
static ggml_backend_buffer_type g_host; static ggml_backend_reg g_reg;
static bool is_cuda(ggml_backend_buffer_type_t b){ for(auto&x:g_buft) if(&x==b) return true; return false; }
static int pad_fa(const ggml_tensor*){return 0;}
static bool fa_ok(const ggml_tensor * d){ if(!g_fa) return false;
  auto*Q=d->src[0],*K=d->src[1],*V=d->src[2],*mask=d->src[3]; int r=Q->ne[2]/K->ne[2]; float mb; memcpy(&mb,(float*)d->op_params+1,4);
  bool gqa=r>=2&&mask&&mb==0.0f&&K->ne[1]%256==0;
  switch(K->ne[0]){case 40:case 64:case 72:case 80:case 96:case 128:case 112:case 256: return V->ne[0]==K->ne[0];
   case 192: return V->ne[0]==128&&gqa&&r%8==0; case 320: return V->ne[0]==256&&gqa&&r%32==0; case 512: return V->ne[0]==512&&gqa; case 576: return V->ne[0]==512&&gqa; default: return false;} }
static const char* bt_name(ggml_backend_buffer_type_t b){ return ((Ctx*)b->context)->name.c_str(); }
static void bf_free(ggml_backend_buffer_t){} static void* bf_base(ggml_backend_buffer_t){ return (void*)0x1000000000ull; }
static void bf_memset(ggml_backend_buffer_t,ggml_tensor*,uint8_t,size_t,size_t){} static void bf_set(ggml_backend_buffer_t,ggml_tensor*,const void*,size_t,size_t){}
static void bf_get(ggml_backend_buffer_t,const ggml_tensor*,void*,size_t,size_t){} static void bf_clear(ggml_backend_buffer_t,uint8_t){}
static ggml_backend_buffer_t bt_alloc(ggml_backend_buffer_type_t b,size_t n){ ggml_backend_buffer_i i{}; i.free_buffer=bf_free;i.get_base=bf_base;i.memset_tensor=bf_memset;i.set_tensor=bf_set;i.get_tensor=bf_get;i.clear=bf_clear; return ggml_backend_buffer_init(b,i,nullptr,n); }
static size_t bt_align(ggml_backend_buffer_type_t){return 128;}
static size_t bt_size(ggml_backend_buffer_type_t,const ggml_tensor*t){ size_t s=ggml_nbytes(t);
  if(t->op==GGML_OP_FLASH_ATTN_EXT&&fa_ok(t)){ auto*K=t->src[1],*V=t->src[2]; bool vk=V->view_src&&(V->view_src==K||(V->view_src==K->view_src&&V->view_offs==K->view_offs));
    if(K->type!=GGML_TYPE_F16){ s=GGML_PAD(s,128); s+=ggml_nelements(K)*2; }
    if(V->type!=GGML_TYPE_F16&&!vk){ s=GGML_PAD(s,128); s+=ggml_nelements(V)*2; } }
  if(ggml_is_quantized(t->type)&&t->ne[0]%512) s+=ggml_row_size(t->type,512-t->ne[0]%512); return s; }
static ggml_backend_buffer_t host_alloc(ggml_backend_buffer_type_t b,size_t n){ void*p=aligned_alloc(64,(n+63)/64*64); auto*x=ggml_backend_cpu_buffer_from_ptr(p,n); x->buft=b; x->iface.clear=[](ggml_backend_buffer_t,uint8_t){}; return x; }
static const char* be_name(ggml_backend_t b){ return ((Ctx*)b->device->context)->name.c_str(); } static void be_free(ggml_backend_t b){ delete b; }
static void be_sync(ggml_backend_t){} static ggml_status be_comp(ggml_backend_t,ggml_cgraph*){return GGML_STATUS_SUCCESS;}
static void be_ev(ggml_backend_t,ggml_backend_event_t){}
static void be_sa(ggml_backend_t,ggml_tensor*,const void*,size_t,size_t){} static void be_ga(ggml_backend_t,const ggml_tensor*,void*,size_t,size_t){}
static bool be_cp(ggml_backend_t,ggml_backend_t,const ggml_tensor*,ggml_tensor*){return true;}
static ggml_guid guid={1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7};
static const char* d_name(ggml_backend_dev_t d){ return ((Ctx*)d->context)->name.c_str(); }
static void d_mem(ggml_backend_dev_t,size_t*f,size_t*t){ *f=*t=(size_t)1<<40; }
static enum ggml_backend_dev_type d_type(ggml_backend_dev_t){ return GGML_BACKEND_DEVICE_TYPE_GPU; }
static void d_props(ggml_backend_dev_t d,ggml_backend_dev_props*p){ p->name=d_name(d);p->description=d_name(d);p->type=d_type(d); d_mem(d,&p->memory_free,&p->memory_total); p->device_id=d_name(d); p->caps={true,true,false,true}; }
static ggml_backend_t d_init(ggml_backend_dev_t d,const char*){ auto*b=new ggml_backend; memset(b,0,sizeof*b); b->guid=&guid; b->device=d; b->iface.get_name=be_name;b->iface.free=be_free;b->iface.synchronize=be_sync;b->iface.graph_compute=be_comp;b->iface.event_record=be_ev;b->iface.event_wait=be_ev;b->iface.set_tensor_async=be_sa;b->iface.get_tensor_async=be_ga;b->iface.cpy_tensor_async=be_cp; return b; }
static ggml_backend_buffer_type_t d_buft(ggml_backend_dev_t d){ return &g_buft[((Ctx*)d->context)->id]; }
static ggml_backend_buffer_type_t d_host(ggml_backend_dev_t){ return &g_host; }
static bool d_supp(ggml_backend_dev_t d,const ggml_tensor*op){
  for(int i=0;i<GGML_MAX_SRC;i++) if(op->src[i]&&op->src[i]->buffer&&is_cuda(op->src[i]->buffer->buft)&&op->src[i]->buffer->buft->device!=d) return false;
  switch(op->op){
   case GGML_OP_UNARY: return ggml_is_contiguous(op->src[0]);
   case GGML_OP_GLU: return ggml_is_contiguous_1(op->src[0]);
   case GGML_OP_MUL_MAT: case GGML_OP_MUL_MAT_ID: { auto*a=op->src[0],*b=op->src[1]; if(a->nb[0]!=ggml_element_size(a)||b->nb[0]!=ggml_element_size(b)) return false; if(b->type==GGML_TYPE_F16&&a->type!=GGML_TYPE_F16) return false; return true; }
   case GGML_OP_SET_ROWS: return op->src[0]->type==GGML_TYPE_F32||(op->type==GGML_TYPE_F16&&op->src[0]->type==GGML_TYPE_F16);
   case GGML_OP_CPY: { auto a=op->src[0]->type,b=op->src[1]->type; auto fl=[](ggml_type t){return t==GGML_TYPE_F32||t==GGML_TYPE_F16||t==GGML_TYPE_BF16;}; if(fl(a)&&fl(b)) return true; if(a==GGML_TYPE_F32||b==GGML_TYPE_F32) return true; return a==b&&ggml_is_contiguous(op->src[0])&&ggml_is_contiguous(op->src[1]); }
   case GGML_OP_REPEAT: return op->src[0]->type==GGML_TYPE_F32||op->src[0]->type==GGML_TYPE_F16;
   case GGML_OP_NORM: case GGML_OP_RMS_NORM: case GGML_OP_L2_NORM: return ggml_is_contiguous_rows(op->src[0]);
   case GGML_OP_SSM_SCAN: if(op->src[3]->ne[0]==1){ auto n=op->src[0]->ne[0]; return (n==96||n==128||n==256)&&op->src[0]->ne[1]%16==0; } return op->src[0]->ne[0]==16&&op->src[0]->ne[1]==1&&op->src[0]->ne[2]%128==0&&op->src[4]->ne[1]==1;
   case GGML_OP_SSM_CONV: return op->src[0]->ne[1]%128==0;
   case GGML_OP_FLASH_ATTN_EXT: return fa_ok(op);
   case GGML_OP_ROPE: return op->src[0]->nb[0]==ggml_type_size(op->src[0]->type)&&ggml_is_contiguous_2(op->src[0]);
   default: return true; } }
static bool d_sbuft(ggml_backend_dev_t d,ggml_backend_buffer_type_t b){ return is_cuda(b)&&b->device==d; }
static bool d_off(ggml_backend_dev_t,const ggml_tensor*op){ int64_t n; switch(op->op){case GGML_OP_GET_ROWS:n=0;break;case GGML_OP_MUL_MAT:n=op->ne[1];break;case GGML_OP_MUL_MAT_ID:case GGML_OP_ROPE:case GGML_OP_ROPE_BACK:n=op->ne[2];break;default:n=ggml_nrows(op);} return n>=32; }
static ggml_backend_event_t d_en(ggml_backend_dev_t d){ return new ggml_backend_event{d,nullptr}; } static void d_ef(ggml_backend_dev_t,ggml_backend_event_t e){delete e;} static void d_es(ggml_backend_dev_t,ggml_backend_event_t){}
static const char* r_name(ggml_backend_reg_t){return "SIM";} static size_t r_cnt(ggml_backend_reg_t){return g_n;} static ggml_backend_dev_t r_dev(ggml_backend_reg_t,size_t i){return &g_dev[i];} static void* r_proc(ggml_backend_reg_t,const char*){return nullptr;}
extern "C" void ggml_backend_register(ggml_backend_reg_t reg);
static void setup(){ g_reg={GGML_BACKEND_API_VERSION,{r_name,r_cnt,r_dev,r_proc},nullptr}; g_dev.resize(g_n);g_buft.resize(g_n);
 for(int i=0;i<g_n;i++){ g_ctx.push_back(new Ctx{i,"GPU"+std::to_string(i)}); memset(&g_dev[i],0,sizeof g_dev[i]); auto&f=g_dev[i].iface; f.get_name=d_name;f.get_description=d_name;f.get_memory=d_mem;f.get_type=d_type;f.get_props=d_props;f.init_backend=d_init;f.get_buffer_type=d_buft;f.get_host_buffer_type=d_host;f.supports_op=d_supp;f.supports_buft=d_sbuft;f.offload_op=d_off;f.event_new=d_en;f.event_free=d_ef;f.event_synchronize=d_es; g_dev[i].reg=&g_reg;g_dev[i].context=g_ctx[i];
  memset(&g_buft[i],0,sizeof g_buft[i]); auto&b=g_buft[i].iface; b.get_name=bt_name;b.alloc_buffer=bt_alloc;b.get_alignment=bt_align;b.get_alloc_size=bt_size; g_buft[i].device=&g_dev[i];g_buft[i].context=g_ctx[i]; }
 auto*c=ggml_backend_cpu_buffer_type(); memset(&g_host,0,sizeof g_host); g_host.iface=c->iface; g_host.iface.get_name=bt_name; g_host.iface.alloc_buffer=host_alloc; g_host.context=new Ctx{-1,"HOST"}; g_host.device=g_n?&g_dev[0]:nullptr;
 if(g_n) ggml_backend_register(&g_reg); }
static ggml_type ty(const std::string&s){ for(int i=0;i<GGML_TYPE_COUNT;i++) if(ggml_type_name((ggml_type)i)&&s==ggml_type_name((ggml_type)i)) return (ggml_type)i; return GGML_TYPE_F16; }
int main(int argc,char**argv){ std::map<std::string,std::string> a; for(int i=2;i<argc;i++){ std::string s=argv[i]; auto p=s.find('='); a[s.substr(0,p)]=s.substr(p+1);} auto I=[&](const char*k,int d){return a.count(k)?atoi(a[k].c_str()):d;};
 g_n=I("gpus",1); g_fa=I("gpufa",1); bool v=getenv("SIM_V"); static bool V; V=v; llama_log_set([](ggml_log_level l,const char*t,void*){ if(V||l>=GGML_LOG_LEVEL_ERROR) fputs(t,stderr); },nullptr);
 llama_backend_init(); setup();
 auto mp=llama_model_default_params(); mp.n_gpu_layers=I("ngl",999); mp.use_extra_bufts=I("repack",0); mp.no_alloc=I("real",0)?false:true; mp.load_mode=I("real",0)?LLAMA_LOAD_MODE_MMAP:LLAMA_LOAD_MODE_NONE; mp.load_mtp=false;
 mp.split_mode=a["sm"]=="none"?LLAMA_SPLIT_MODE_NONE:a["sm"]=="row"?LLAMA_SPLIT_MODE_ROW:LLAMA_SPLIT_MODE_LAYER;
 static float ts[128]; if(a.count("ts")&&a["ts"].size()){ std::stringstream ss(a["ts"]); std::string x; int i=0; while(getline(ss,x,',')) ts[i++]=atof(x.c_str()); mp.tensor_split=ts; }
 std::vector<llama_model_tensor_buft_override> ov; static std::vector<std::string> pats; pats.reserve(600);
 if(I("cmoe",0)) ov.push_back({"\\.ffn_(up|down|gate|gate_up)_(ch|)exps",ggml_backend_cpu_buffer_type()});
 for(int i=0;i<I("ncmoe",0);i++){ pats.push_back("blk\\."+std::to_string(i)+"\\.ffn_(up|down|gate|gate_up)_(ch|)exps"); ov.push_back({pats.back().c_str(),ggml_backend_cpu_buffer_type()}); }
 if(ov.size()){ ov.push_back({nullptr,nullptr}); mp.tensor_buft_overrides=ov.data(); }
 auto*m=llama_model_load_from_file(argv[1],mp); if(!m){ printf("refused model\n"); return 0; }
 auto cp=llama_context_default_params(); cp.n_ctx=I("c",4096); cp.n_batch=I("b",2048); cp.n_ubatch=I("ub",512); cp.n_seq_max=I("np",1); cp.kv_unified=I("kvu",1); cp.n_outputs_max=I("nout",0); cp.type_k=a.count("ctk")?ty(a["ctk"]):GGML_TYPE_F16; cp.type_v=a.count("ctv")?ty(a["ctv"]):GGML_TYPE_F16; cp.offload_kqv=!I("nkvo",0); cp.swa_full=I("swafull",0); cp.op_offload=I("opo",1);
 auto fa=a.count("fa")?a["fa"]:"auto"; cp.flash_attn_type=fa=="on"?LLAMA_FLASH_ATTN_TYPE_ENABLED:fa=="off"?LLAMA_FLASH_ATTN_TYPE_DISABLED:LLAMA_FLASH_ATTN_TYPE_AUTO;
 auto*x=llama_init_from_model(m,cp); if(!x){ printf("refused context\n"); return 0; }
 for(auto&[b,d]:llama_get_memory_breakdown(x)) printf("%s %zu %zu %zu\n",ggml_backend_buft_name(b),d.model,d.context,d.compute);
 fflush(stdout); _Exit(0); }
